// Passkeys: a form with data-webauthn asks the key for a credential, then posts it. Needs the
// account library's webauthn-json.js; nothing inline, so that the content policy stays strict.
"use strict";

document.querySelectorAll("form[data-webauthn]").forEach((form) => {
  const said = form.querySelector("[role=status]");
  const credential = form.querySelector("[name=credential]");

  async function options() {
    if (form.dataset.webauthn === "login") {
      const answer = await fetch(form.action, {
        headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      return (await answer.json()).request_options;
    }
    const data = JSON.parse(document.getElementById(form.dataset.options).textContent);
    if (form.dataset.webauthn === "get") return data.request_options;
    const alone = Boolean(form.querySelector("[name=passwordless]")?.checked);
    const chosen = data.creation_options.publicKey.authenticatorSelection;
    chosen.residentKey = alone ? "required" : "discouraged";
    chosen.requireResidentKey = alone;
    if (alone) chosen.userVerification = "required";
    return data.creation_options;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!window.webauthnJSON?.supported()) {
      said.textContent = form.dataset.unsupported;
      return;
    }
    try {
      const wanted = await options();
      const ceremony = form.dataset.webauthn === "create" ? "create" : "get";
      credential.value = JSON.stringify(await window.webauthnJSON[ceremony](wanted));
      form.submit();
    } catch {
      said.textContent = form.dataset.failed;
    }
  });
});
