// A hundred women as figures. Each state has a shape of its own beside its colour, so that greyscale and the
// colour-blind lose nothing: solid, half filled, marked, or an outline.

import { s } from "./dom";

export type Look = "well" | "ill" | "cured" | "gone" | "out" | "dead";

export interface Part {
  look: Look;
  count: number;
}

const BODY = "M5 7.6c-1.9 0-2.9.9-3.2 2.3L.7 16.2c-.1.5.2.8.6.8h1.5l.5 6.3c.1.5.4.7.8.7h1.8c.4 0 .7-.2.8-.7l.5-6.3h1.5c.4 0 .7-.3.6-.8L8.2 9.9C7.9 8.5 6.9 7.600 5 7.600z";
const LOWER = "M1 14.5l-.3 1.7c-.1.5.2.8.6.8h1.5l.5 6.3c.1.5.4.7.8.7h1.8c.4 0 .7-.2.8-.7l.5-6.3h1.5c.4 0 .7-.3.6-.8L9 14.5z";
const ACROSS = 10;
const DOWN = 25;

function figure(look: Look, x: number, y: number): SVGGElement {
  return s(
    "g",
    { class: look, transform: `translate(${x} ${y})`, "stroke-width": look === "out" ? 0 : 0.9 },
    s("circle", { cx: 5, cy: 3.9, r: 2.7 }),
    s("path", { d: BODY }),
    look === "ill" && s("path", { class: "fillin", d: LOWER }),
    look === "cured" && s("circle", { class: "mark", cx: 5, cy: 12.4, r: 1.7 }),
  );
}

/** The first of the looks first; what the parts leave of a hundred stays empty. */
export function women(parts: Part[], description: string): SVGSVGElement {
  const looks = parts.flatMap((part) => Array<Look>(part.count).fill(part.look));
  const pad = 2;
  const picture = s("svg", {
    class: "women",
    viewBox: `0 0 ${10 * (ACROSS + 4)} ${10 * DOWN + 2 * pad}`,
    role: "img",
    "aria-label": description,
  });
  looks.slice(0, 100).forEach((look, k) => {
    picture.append(figure(look, (k % 10) * 14 + 2, Math.floor(k / 10) * DOWN + pad));
  });
  return picture;
}

export function oneWoman(look: Look): SVGSVGElement {
  return s("svg", { class: "women", viewBox: "0 0 10 25", "aria-hidden": "true" }, figure(look, 0, 0));
}

/** Whole numbers that add up to `of`: each share rounded down, the largest remainders given what is left. */
export function outOfHundred(shares: number[], of = 100): number[] {
  const total = shares.reduce((sum, share) => sum + Math.max(share, 0), 0);
  if (total <= 0) return shares.map(() => 0);
  const exact = shares.map((share) => (of * Math.max(share, 0)) / total);
  const whole = exact.map(Math.floor);
  const order = exact.map((value, k) => [value - Math.floor(value), k] as const).sort(([a, i], [b, j]) => b - a || i - j);
  const left = of - whole.reduce((sum, value) => sum + value, 0);
  for (const [, k] of order.slice(0, left)) whole[k] = (whole[k] ?? 0) + 1;
  return whole;
}
