// Behaviour shared by every page. Hooks are data- attributes; every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const remember = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
  };

  // Theme: the server writes data-theme from the cookie, so no page flashes.
  const themes = ["system", "light", "dark"];
  const setTheme = (theme) => {
    if (theme === "system") root.removeAttribute("data-theme");
    else root.dataset.theme = theme;
    remember("palier_theme", theme);
    all("[data-set-theme]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.setTheme === theme)));
    root.dispatchEvent(new CustomEvent("palier:theme"));
  };

  // One live region says what happened; it stays in the page, only its text changes.
  let timer;
  const announce = (message) => {
    const region = find("[data-live]");
    if (!region || !message) return;
    region.textContent = "";
    clearTimeout(timer);
    requestAnimationFrame(() => { region.textContent = message; });
    timer = setTimeout(() => { region.textContent = ""; }, 8000);
  };
  document.addEventListener("palier:announce", (event) => announce(event.detail?.message ?? event.detail?.value));

  const select = (from) => (from.select ? from.select() : getSelection().selectAllChildren(from));

  const focusFirstInvalid = (from) => {
    const target = find("[aria-invalid='true']:not([type='hidden'])", from) ?? find("[data-error-summary]", from);
    target?.focus();
  };
  const afterSwap = (event) => {
    const status = event.detail?.ctx?.response?.status ?? event.detail?.xhr?.status;
    if (status === 422) focusFirstInvalid(document);
  };
  document.addEventListener("htmx:after:swap", afterSwap);
  document.addEventListener("htmx:afterSettle", afterSwap);
  document.addEventListener("htmx:after:swap", () => all("[data-needs-js]").forEach((element) => { element.hidden = false; }));
  const failed = () => announce(find("[data-live]")?.dataset.failed);
  document.addEventListener("htmx:error", failed);
  document.addEventListener("htmx:sendError", failed);

  // Palette: the page's own commands are filtered here, the server adds what it finds.
  const palette = find("[data-palette]");
  const openPalette = () => {
    if (!palette || palette.open) return;
    palette.showModal();
    find("input", palette).select();
  };
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  palette?.addEventListener("input", (event) => {
    const words = plain(event.target.value).split(/\s+/);
    all("[data-command]", palette).forEach((item) => {
      item.hidden = !words.every((word) => plain(item.textContent).includes(word));
    });
    all("[data-commands]", palette).forEach((group) => { group.hidden = !find("[data-command]:not([hidden])", group); });
  });
  palette?.addEventListener("keydown", (event) => {
    const links = all("a", palette).filter((link) => link.offsetParent);
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      (links[at + (event.key === "ArrowDown" ? 1 : -1)] ?? find("input", palette)).focus();
    } else if (event.key === "Enter" && at < 0 && links.length) {
      event.preventDefault();
      links[0].click();
    }
  });

  // Rows: j and k move, Enter opens the row's first link.
  const moveRow = (step) => {
    const rows = all("[data-rows] > :is(tr, li)").filter((row) => find("a", row));
    const now = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
    if (next) find("a", next).focus();
  };

  // Keys. Single keys are silent while typing, with a modifier, in a dialog, or when switched off.
  let going = 0;
  const typing = (target) => target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  const press = (selector) => { const target = find(selector); target?.click(); return Boolean(target); };
  const single = {
    "?": () => find("[data-keys-help]")?.showModal(),
    "/": () => { const box = find("main [type='search']"); if (box) box.focus(); else openPalette(); },
    j: () => moveRow(1),
    k: () => moveRow(-1),
    n: () => press("main [data-key='n']"),
    e: () => press("main [data-key='e']"),
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.key === "Escape") find("[data-live]").textContent = "";
    if (root.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || find("dialog[open]")) return;
    if (Date.now() - going < 1500) {
      going = 0;
      if (press(`[data-go='${CSS.escape(event.key)}']`)) event.preventDefault();
      return;
    }
    if (event.key === "g") { going = Date.now(); return; }
    if (Object.hasOwn(single, event.key)) { event.preventDefault(); single[event.key](); }
    else if (/^[a-z0-9]$/.test(event.key)) press(`main [data-key='${event.key}']`);
  });

  document.addEventListener("click", (event) => {
    const at = (name) => event.target.closest(`[data-${name}]`);
    let hit;
    if ((hit = at("set-theme"))) setTheme(hit.dataset.setTheme);
    else if (at("open-palette")) openPalette();
    else if ((hit = at("open-dialog"))) document.getElementById(hit.dataset.openDialog)?.showModal();
    else if ((hit = at("close-dialog"))) hit.closest("dialog").close();
    else if ((hit = at("copy"))) { select(document.getElementById(hit.dataset.copy)); document.execCommand("copy"); announce(hit.dataset.copied); }
    else if (event.target.matches?.("dialog[data-light]")) event.target.close();
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-single-keys]")) {
      root.dataset.keys = box.checked ? "on" : "off";
      remember("palier_keys", root.dataset.keys);
    } else if (box.matches("[data-submit-on-change]")) box.form.requestSubmit();
  });

  // A destructive dialog that asks for a name opens its button when the name is typed.
  document.addEventListener("input", (event) => {
    const wanted = event.target.dataset.typeToConfirm;
    if (wanted) find("[type='submit']", event.target.form).disabled = event.target.value.trim() !== wanted;
  });
  all("[data-type-to-confirm]").forEach((box) => { find("[type='submit']", box.form).disabled = true; });
  all("[data-needs-js]").forEach((element) => { element.hidden = false; });
  all("[data-set-theme]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.setTheme === (root.dataset.theme ?? themes[0]))));
  if (root.dataset.status === "422") focusFirstInvalid(document);
})();
