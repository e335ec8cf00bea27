// The board of deals: a card dropped on a lane sends the card's own form.
(() => {
  "use strict";
  let dragged = null;
  const lane = (event) => event.target.closest?.("[data-lane]");
  const clear = () => document.querySelectorAll(".lane.over").forEach((one) => one.classList.remove("over"));
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-deal]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", (event) => {
    const over = lane(event);
    if (!dragged || !over?.dataset.lane || over.contains(dragged)) return;
    event.preventDefault();
    clear();
    over.classList.add("over");
  });
  document.addEventListener("dragend", () => { dragged = null; clear(); });
  document.addEventListener("drop", (event) => {
    const over = lane(event);
    const form = dragged?.querySelector("form");
    if (!form || !over?.dataset.lane) return;
    event.preventDefault();
    form.elements.etape.value = over.dataset.lane;
    if (form.elements.etape.value) form.requestSubmit();
  });
})();
