// The pictures of the story: the body with what each step tells, and the bars of where seeds land and grow.

import { body, placeOf, VIEW, type Organ } from "./body";
import { s } from "./dom";
import { mark } from "./marks";
import { narrow } from "./plot";
import { number, t } from "./strings";
import type { Spread } from "./types";
import { oneOf } from "./dots";
import { term } from "./words";

const BREAST: [number, number] = [131, 127];
const ARMPIT: [number, number] = [145, 112];
const FAR: Organ[] = ["lung", "bone", "liver", "brain"];
const CENTRE: Record<Organ, [number, number]> = {
  brain: [110, 30],
  lung: [88, 116],
  liver: [97, 160],
  bone: [110, 186],
  nodes: ARMPIT,
  breast: BREAST,
  other: [110, 222],
};

function route(from: [number, number], to: [number, number]): string {
  const [x0, y0] = from;
  const [x1, y1] = to;
  const bend = (x0 + x1) / 2 + (y1 - y0) * 0.12;
  return `M${x0} ${y0}Q${bend.toFixed(1)} ${((y0 + y1) / 2 - 14).toFixed(1)} ${x1} ${y1}`;
}

/** Cells on their way along a path; where motion is unwanted they stand along it. */
function cells(path: string, count: number, kind: string): SVGElement[] {
  return Array.from({ length: count }, (_, k) => {
    const cell = s("circle", { class: `cell ${kind}`, r: 2 });
    cell.style.setProperty("offset-path", `path("${path}")`);
    cell.style.setProperty("offset-distance", `${Math.round((100 * (k + 0.5)) / count)}%`);
    cell.style.setProperty("animation-delay", `${(-4 * k) / count}s`);
    return cell;
  });
}

const way = (path: string, kind: string, width = 1.6): SVGElement => s("path", { class: `way ${kind}`, d: path, "stroke-width": width });
const primary = (mm: number): SVGElement => mark("growing", ...BREAST, mm);

function grown(data: Spread, key: "lesions_of_100" | "found_of_100", stage: "growing" | "asleep"): SVGElement[] {
  return FAR.flatMap((organ) => {
    const count = Math.max(1, Math.round((data.by_organ[organ]?.[key] ?? 0) / 8));
    return Array.from({ length: count }, (_, k) => mark(stage, ...placeOf(organ, k), 24));
  });
}

function crossed(x: number, y: number): SVGElement {
  return s("path", { class: "crossed", d: `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}` });
}

const SCENES: Record<number, (data: Spread) => SVGElement[]> = {
  1: () => [s("circle", { class: "halo", cx: BREAST[0], cy: BREAST[1], r: 14 }), s("circle", { class: "halo", cx: BREAST[0], cy: BREAST[1], r: 9 }), primary(18)],
  2: () => [primary(40), ...FAR.flatMap((organ) => cells(route(BREAST, CENTRE[organ]), 3, "blood"))],
  3: () => [
    way(route(BREAST, ARMPIT), "lymph", 3),
    ...FAR.map((organ) => way(route(BREAST, CENTRE[organ]), "blood")),
    primary(40),
    ...cells(route(BREAST, ARMPIT), 3, "lymph"),
    ...FAR.flatMap((organ) => cells(route(BREAST, CENTRE[organ]), 2, "blood")),
    ...[0, 2].map((k) => mark("growing", ARMPIT[0] + k, ARMPIT[1] + 3 * k, 12)),
  ],
  4: (data) => [
    ...FAR.map((organ) => way(route(BREAST, CENTRE[organ]), "blood", 0.6 + (data.by_organ[organ]?.arrest_of_100 ?? 0) / 9)),
    primary(40),
    ...FAR.flatMap((organ) => cells(route(BREAST, CENTRE[organ]), Math.max(1, Math.round((data.by_organ[organ]?.arrest_of_100 ?? 0) / 9)), "blood")),
  ],
  5: (data) => [primary(40), ...grown(data, "lesions_of_100", "growing")],
  6: (data) => grown(data, "lesions_of_100", "asleep"),
  7: () =>
    FAR.flatMap((organ) => {
      const [x, y] = placeOf(organ, 0);
      return [mark("unseen", x, y, 1), crossed(x, y), mark("asleep", ...placeOf(organ, 1), 1)];
    }),
  8: (data) => [...grown(data, "found_of_100", "growing"), mark("shrinking", ...placeOf("lung", 5), 30)],
  9: (data) => {
    const ways: [Organ, Organ][] = [["bone", "liver"], ["liver", "lung"], ["lung", "brain"]];
    return [
      ...ways.map(([from, to]) => way(route(CENTRE[from], CENTRE[to]), "blood")),
      ...grown(data, "found_of_100", "growing"),
      ...ways.flatMap(([from, to]) => cells(route(CENTRE[from], CENTRE[to]), 3, "blood")),
    ];
  },
};

const OUTCOMES = ["no_spread", "eradicated", "never_manifest", "died_with", "died_of"] as const;

/** The picture of a step. The last one counts a hundred women by how it ended. */
export function scene(step: number, data: Spread, description: string): SVGSVGElement {
  const ends = OUTCOMES.map((name) => ({ label: t(`terms.outcome_${name}`), share: data.numbers[`outcome_${name}_of_100`]?.value ?? 0 }));
  if (step === 10 && ends.some((one) => one.share > 0)) return oneOf(ends);
  const draw = SCENES[step] ?? SCENES[8];
  return s("svg", { class: "body scene", viewBox: `0 0 ${VIEW.width} ${VIEW.height}`, role: "img", "aria-label": `${t(`spread.s${step}_title`)}. ${description}` }, body((organ) => term("organ", organ)), draw?.(data));
}

/** Bars by organ: by flow alone, as colonies begin, as spread is found. */
export function landing(data: Spread): SVGSVGElement {
  const width = narrow() ? 340 : 640;
  const left = narrow() ? 92 : 120;
  const kinds = [
    ["flow", "arrest_of_100", t("spread.flow_label")],
    ["founded", "lesions_of_100", t("spread.founded_label")],
  ] as const;
  // The nodes are reached by lymph, so that flow and founding by blood say nothing of them.
  const organs = Object.entries(data.by_organ).filter(([, row]) => row.arrest_of_100 >= 0.5 || row.lesions_of_100 >= 0.5);
  const most = Math.max(10, ...organs.flatMap(([, row]) => kinds.map(([, key]) => row[key])));
  const x = (value: number): number => left + ((width - left - 40) * value) / most;
  const parts: SVGElement[] = [];
  kinds.forEach(([kind, , words], k) => parts.push(s("rect", { class: kind, x: 2, y: 4 + 20 * k, width: 14, height: 12 }), s("text", { x: 24, y: 14 + 20 * k }, words)));
  organs.forEach(([organ, row], k) => {
    const y = 54 + 42 * k;
    parts.push(s("text", { x: left - 8, y: y + 19, "text-anchor": "end" }, term("organ", organ)));
    kinds.forEach(([kind, key], i) => {
      parts.push(s("rect", { class: kind, x: left, y: y + 16 * i, width: Math.max(1, x(row[key]) - left), height: 14 }), s("text", { class: "small", x: x(row[key]) + 5, y: y + 16 * i + 11 }, number(Math.round(row[key]), 0)));
    });
  });
  return s("svg", { class: "plot landing", viewBox: `0 0 ${width} ${54 + 42 * organs.length}`, role: "img", "aria-label": `${t("spread.chart_title")}. ${t("spread.table_caption")}` }, parts);
}
