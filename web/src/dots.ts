// A hundred figures divided by what became of them, with the key beside; each part has its own shape.

import { s } from "./dom";
import { narrow } from "./plot";
import { number } from "./strings";
import { outOfHundred } from "./women";

const FILLS = ["a", "b", "c", "d", "e"];

function dot(kind: number, x: number, y: number): SVGElement {
  const name = FILLS[kind % FILLS.length] ?? "a";
  if (kind === 0) return s("circle", { class: `dot-${name}`, cx: x, cy: y, r: 6 });
  if (kind === 1) return s("rect", { class: `dot-${name}`, x: x - 5.5, y: y - 5.5, width: 11, height: 11 });
  if (kind === 2) return s("path", { class: `dot-${name}`, d: `M${x} ${y - 7}L${x + 7} ${y}L${x} ${y + 7}L${x - 7} ${y}Z` });
  if (kind === 3) return s("path", { class: `dot-${name}`, d: `M${x} ${y - 6.5}L${x + 6.5} ${y + 5.5}H${x - 6.5}Z` });
  return s("path", { class: `dot-${name}`, d: `M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}` });
}

export function oneOf(parts: { label: string; share: number }[]): SVGSVGElement {
  const counts = outOfHundred(parts.map((part) => part.share));
  const kinds = counts.flatMap((count, k) => Array<number>(count).fill(k));
  const side = 10 * 19;
  const below = 30;
  const width = narrow() ? 320 : 340;
  const left = (width - side) / 2;
  return s(
    "svg",
    { class: "plot hundred", viewBox: `0 0 ${width} ${side + below + 24 * parts.length}`, role: "img", "aria-label": parts.map((part, k) => `${part.label}: ${counts[k] ?? 0}`).join("; ") },
    kinds.map((kind, k) => dot(kind, left + 9 + 19 * (k % 10), 10 + 19 * Math.floor(k / 10))),
    parts.map((part, k) => [dot(k, 12, side + below + 24 * k - 5), s("text", { x: 28, y: side + below + 24 * k, class: "small" }, `${number(counts[k] ?? 0, 0)}  ${part.label}`)]),
  );
}
