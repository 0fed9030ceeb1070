// Charts by Vega, which the package brings: loaded when the first chart is asked for. Expressions are interpreted,
// not compiled, so that the strict policy of the page holds; colours are the page's own, so that themes hold.

import { h, s, type Child } from "./dom";
import { loadScript, t } from "./strings";

type Embed = (place: HTMLElement, spec: object, options: object) => Promise<{ finalize(): void }>;
declare global {
  interface Window {
    vegaEmbed?: Embed;
  }
}

export const COLOURS = ["var(--s1)", "var(--s2)", "var(--s3)", "var(--s4)", "var(--s5)", "var(--s6)"];
export const DASHES = [[1, 0], [9, 4], [2, 3], [9, 3, 2, 3], [5, 3], [1, 2]];
export const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"];

const INK = "var(--ink)";
const QUIET = "var(--quiet)";
const CONFIG = {
  font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  background: null,
  view: { stroke: null },
  axis: { labelColor: INK, labelFontSize: 13, titleColor: QUIET, titleFontSize: 13, titleFontWeight: "normal", titlePadding: 8, gridColor: "var(--line)", domainColor: "var(--edge)", tickColor: "var(--edge)" },
  text: { fontSize: 13, color: INK },
  legend: { labelColor: INK, labelFontSize: 13, labelLimit: 300, title: null, orient: "top", direction: "vertical", symbolStrokeWidth: 2.5, symbolSize: 260 },
};

let bundle: Promise<void> | undefined;

function vega(): Promise<void> {
  bundle ??= loadScript("vega.js").then(() => undefined);
  bundle.catch(() => {
    bundle = undefined;
  });
  return bundle;
}

/** Waits until the place is on the page, where its width is known. */
async function onPage(place: HTMLElement): Promise<void> {
  for (let k = 0; k < 100 && !place.isConnected; k += 1) await new Promise((next) => setTimeout(next, 20));
}

/** The names of lines with a sample of each, in colour and dash. */
export function lineKey(names: Child[]): HTMLElement {
  return h(
    "ul",
    { class: "key across" },
    names.map((name, k) =>
      h("li", {}, s("svg", { class: `sample-line`, viewBox: "0 0 40 10", "aria-hidden": "true" }, s("line", { x1: 1, x2: 39, y1: 5, y2: 5, stroke: COLOURS[k % COLOURS.length], "stroke-width": 3, "stroke-dasharray": DASHES[k % DASHES.length]?.[1] === 0 ? null : DASHES[k % DASHES.length]?.join(" ") })), h("span", {}, name)),
    ),
  );
}

/** A figure that draws itself once it is on the page; where it cannot, it says so: its table has the numbers. */
export function chart(spec: object, description: string, height = 300): HTMLElement {
  const place = h("div", { class: "chart", role: "img", "aria-label": description, "data-chart": "waiting" });
  Promise.all([vega(), onPage(place)])
    .then(() => {
      const width = Math.max(240, Math.floor(place.clientWidth || 600));
      const whole = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", width, height, autosize: { type: "fit", contains: "padding" }, config: CONFIG, ...spec };
      return window.vegaEmbed?.(place, whole, { mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: false, hover: false });
    })
    .then(() => {
      place.dataset["chart"] = "drawn";
      const drawing = place.querySelector("svg");
      drawing?.setAttribute("aria-hidden", "true");
    })
    .catch(() => {
      place.dataset["chart"] = "failed";
      place.replaceChildren(h("p", { class: "quiet" }, t("errors.chart")));
    });
  return place;
}
