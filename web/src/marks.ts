import { s } from "./dom";
import type { Stage } from "./life";

/** A lesion as it is drawn: asleep a broken ring, too small to see a dot, growing full, shrinking a thick ring. */
export function mark(stage: Stage, x: number, y: number, mm: number, title?: string): SVGGElement {
  const seen = Math.min(17, Math.max(3, mm / 5.5));
  const r = stage === "asleep" ? 2.6 : stage === "unseen" ? 2 : seen;
  return s(
    "g",
    { class: `lesion is-${stage}` },
    title && s("title", {}, title),
    s("circle", { cx: x, cy: y, r }),
    stage === "shrinking" && s("circle", { class: "dot", cx: x, cy: y, r: Math.max(0.9, r / 4) }),
  );
}
