// Draws the page's charts from their Vega-Lite definitions, without eval: expressions are interpreted.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Map();
  const mode = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  const tooltip = (_view, event, _item, value) => {
    const text = typeof value === "object" && value ? value.said : value;
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - box.width - 4))}px`;
    tip.style.top = `${Math.max(4, event.clientY - box.height - 12)}px`;
  };

  const draw = (figure, theme) => {
    const canvas = figure.querySelector("[data-canvas]");
    const source = figure.querySelector("script[type='application/json']");
    if (!canvas || !source) return;
    drawn.get(figure)?.finalize();
    const themes = JSON.parse(document.getElementById("chart-themes").textContent);
    const compiled = vega.compile(JSON.parse(source.textContent), { config: themes[theme] }).spec;
    const view = new vega.View(vega.parse(compiled, undefined, { ast: true }), {
      expr: vega.expressionInterpreter, renderer: "svg", container: canvas, hover: true, tooltip,
    });
    drawn.set(figure, view);
    view.run();
  };

  const drawAll = (theme = mode()) => {
    for (const [figure, view] of drawn) {
      if (!figure.isConnected) { view.finalize(); drawn.delete(figure); }
    }
    for (const figure of document.querySelectorAll("[data-chart]")) {
      if (figure.dataset.drawn !== theme) {
        figure.dataset.drawn = theme;
        try {
          draw(figure, theme);
        } catch (error) {
          figure.querySelector("details")?.setAttribute("open", "");
          console.error("chart", figure.id, error);
        }
      }
    }
  };

  root.addEventListener("palier:theme", () => drawAll());
  dark.addEventListener("change", () => drawAll());
  for (const name of ["htmx:after:swap", "htmx:afterSettle"]) document.addEventListener(name, () => drawAll());
  matchMedia("print").addEventListener("change", (event) => drawAll(event.matches ? "light" : mode()));
  document.fonts.ready.then(() => drawAll());
})();
