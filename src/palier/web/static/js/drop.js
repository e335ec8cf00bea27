// A place to drop files: the names of those chosen, their sizes, and a way to take one back.
// Without this file the plain input does the same work.
document.querySelectorAll("[data-drop]:not(.lively)").forEach((zone) => {
  "use strict";
  const input = zone.querySelector("[type='file']");
  const list = zone.querySelector("[data-chosen]");
  const language = document.documentElement.lang;
  const sizes = [["gigabyte", 1e9], ["megabyte", 1e6], ["kilobyte", 1e3]];
  let chosen = [];

  const size = (bytes) => {
    const [unit, scale] = sizes.find(([, least]) => bytes >= least) ?? sizes[2];
    const digits = { style: "unit", unit, maximumFractionDigits: 1 };
    return new Intl.NumberFormat(language, digits).format(Math.max(bytes / scale, 0.1));
  };
  const give = () => {
    const kept = new DataTransfer();
    chosen.forEach((file) => kept.items.add(file));
    input.files = kept.files;
    show();
  };
  const show = () => {
    list.replaceChildren(...chosen.map((file, at) => {
      const line = zone.querySelector("template").content.firstElementChild.cloneNode(true);
      line.querySelector("[data-name]").textContent = file.name;
      line.querySelector("[data-size]").textContent = size(file.size);
      const button = line.querySelector("button");
      button.setAttribute("aria-label", button.dataset.label.replace("{name}", file.name));
      button.addEventListener("click", () => {
        chosen = chosen.filter((other) => other !== file);
        give();
        (list.querySelectorAll("button")[Math.min(at, chosen.length - 1)] ?? input).focus();
      });
      return line;
    }));
    list.hidden = !chosen.length;
  };
  // Choosing again adds to what is there; the same file is not taken twice.
  const add = (files) => {
    const known = new Set(chosen.map((file) => `${file.name}/${file.size}/${file.lastModified}`));
    chosen = [...chosen, ...[...files].filter((file) => !known.has(`${file.name}/${file.size}/${file.lastModified}`))];
    give();
  };

  zone.classList.add("lively");
  input.addEventListener("change", () => add(input.files));
  for (const type of ["dragover", "dragleave", "drop"]) zone.addEventListener(type, (event) => {
    event.preventDefault();
    zone.classList.toggle("over", type === "dragover");
    if (type === "drop") add(event.dataTransfer.files);
  });
  if (input.files.length) add(input.files);
});
