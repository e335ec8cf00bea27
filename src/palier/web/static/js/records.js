// Lists of records: a cell opens its form in place, a box ticks the page. Everything works without this file.
(() => {
  "use strict";
  const single = () => document.documentElement.dataset.keys !== "off";
  const open = (link) => window.htmx.ajax("GET", link.href, { target: link.closest("td, th"), swap: "innerHTML" });
  // The pencil of a cell is made when somebody comes near: a page has hundreds of cells.
  const pencil = (cell) => {
    const row = cell?.closest(".records-table tr[data-record]");
    const head = row && row.closest("table").tHead.rows[0].cells[cell.cellIndex];
    if (!head?.dataset.edit || cell.querySelector(".correction")) return null;
    let link = cell.querySelector(".edit");
    if (!link) {
      link = Object.assign(document.createElement("a"), { className: "edit" });
      link.href = head.dataset.edit.replace("00000000-0000-0000-0000-000000000000", row.dataset.record);
      link.setAttribute("aria-label", head.dataset.correct);
      cell.append(link);
    }
    return link;
  };
  document.addEventListener("mouseover", (event) => pencil(event.target.closest?.("td, th")));
  const typing = (target) => /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && target.type !== "checkbox";
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".records-table .edit");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "e" || event.ctrlKey || event.metaKey || event.altKey || !single() || typing(event.target)) return;
    const row = event.target.closest("[data-rows] > tr");
    const near = [event.target.closest("td, th"), ...(row?.cells ?? [])];
    const link = near.map((cell) => cell && pencil(cell)).find(Boolean);
    if (link) { event.preventDefault(); open(link); }
  });
  // One panel of tools is open at a time, and stays open when the list under it is swapped.
  let opened = "";
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches(".tools > details")) return;
    if (event.target.open) {
      opened = event.target.id;
      document.querySelectorAll(".tools > details[open]").forEach((one) => { if (one !== event.target) one.open = false; });
    } else if (opened === event.target.id && event.target.isConnected) opened = "";
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest(".tools") || !event.target.isConnected) return;
    document.querySelectorAll(".tools > details[open]").forEach((one) => { one.open = false; });
  });
  document.addEventListener("htmx:after:swap", () => {
    const panel = opened && document.getElementById(opened);
    if (panel) panel.open = true;
    document.querySelector(".records-table .correction :is(input:not([type='hidden']), select)")?.focus();
    document.querySelectorAll("[data-needs-js]").forEach((element) => { element.hidden = false; });
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-check-all]")) return;
    document.querySelectorAll("[name='fiche'][form='bulk']").forEach((box) => { box.checked = event.target.checked; });
  });
  // The change log followed live: asked again every five seconds, for as long as somebody looks at it.
  setInterval(() => {
    const followed = document.querySelector("[data-follow]");
    if (followed && document.hasFocus() && !followed.contains(document.activeElement)) {
      window.htmx.ajax("GET", followed.dataset.follow, { target: followed, swap: "outerHTML" });
    }
  }, 5000);
})();
