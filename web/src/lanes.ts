// The lanes under a body: size of each tumour, symptoms, treatment and scans over time, with a line at the time shown.

import type { Organ } from "./body";
import { s } from "./dom";
import { millimetres, organOf } from "./life";
import { narrow } from "./plot";
import { number, t } from "./strings";
import type { Course, Woman } from "./types";
import { term } from "./words";

const SIZES = [0.01, 0.1, 1, 10, 100];
const TOP = 8;
const GROWTH = 150;

export interface Lanes {
  picture: SVGSVGElement;
  /** Moves the line to a time. */
  show(time: number): void;
}

const short = (words: string, room: number): string => {
  const letters = Math.floor(room / 6.2);
  return words.length <= letters ? words : letters < 3 ? "" : `${words.slice(0, letters - 1)}…`;
};

/** Bars that overlap go to rows of their own. */
function rows<T>(items: T[], from: (item: T) => number, to: (item: T) => number, most: number): [T, number][] {
  const ends: number[] = [];
  return items.map((item) => {
    let row = ends.findIndex((end) => end <= from(item) + 1e-6);
    if (row < 0) row = ends.length < most ? ends.length : most - 1;
    ends[row] = Math.max(ends[row] ?? -Infinity, to(item));
    return [item, row];
  });
}

export function lanes(woman: Woman, strategy: string, course: Course, begin: number, end: number): Lanes {
  const width = narrow() ? 340 : 560;
  const left = 44;
  const right = 10;
  const x = (time: number): number => left + ((width - left - right) * (Math.min(Math.max(time, begin), end) - begin)) / (end - begin);
  const y = (mm: number): number => {
    const share = (Math.log10(Math.max(mm, 0.01)) + 2) / 4.5;
    return TOP + GROWTH - GROWTH * Math.min(share, 1);
  };
  const parts: SVGElement[] = [];
  for (const size of SIZES)
    parts.push(
      s("line", { class: "grid", x1: left, x2: width - right, y1: y(size), y2: y(size) }),
      s("text", { class: "small", x: left - 5, y: y(size) + 4, "text-anchor": "end" }, number(size, size < 0.1 ? 2 : size < 1 ? 1 : 0)),
    );
  parts.push(s("text", { class: "small lane", x: left + 4, y: TOP + 4 }, t("course.lane_lesions")));
  const named = new Set<Organ>();
  const labels: { x: number; y: number }[] = [];
  for (const lesion of course.lesions) {
    const points = lesion.times.map((time, k) => `${x(time).toFixed(1)} ${y(millimetres(lesion.log10_cells[k] ?? 0)).toFixed(1)}`);
    if (points.length < 2) continue;
    const organ = organOf(lesion);
    parts.push(s("path", { class: `growth organ-${organ}`, d: `M${points.join("L")}` }));
    if (lesion.woke_at !== null && lesion.woke_at - lesion.founded_at > 0.1)
      parts.push(s("path", { class: `sleep organ-${organ}`, d: `M${x(lesion.founded_at)} ${y(0.0124)}H${x(lesion.woke_at)}` }));
    if (!named.has(organ) && lesion.visible_at !== null) {
      named.add(organ);
      const k = lesion.times.findIndex((time) => time >= (lesion.visible_at ?? 0));
      const near = x(lesion.times[k] ?? end) > width * 0.7;
      const at = x(lesion.times[k] ?? end) + (near ? -3 : 3);
      let height = Math.max(TOP + 10, y(millimetres(lesion.log10_cells[k] ?? 9)) - 7);
      while (labels.some((label) => Math.abs(label.x - at) < 80 && Math.abs(label.y - height) < 12)) height += 12;
      labels.push({ x: at, y: height });
      parts.push(s("text", { class: `small named organ-${organ}`, x: at, y: height, "text-anchor": near ? "end" : "start" }, term("organ", organ)));
    }
  }
  let top = TOP + GROWTH + 16;
  const lane = (title: string, count: number, draw: (y: number) => void): void => {
    parts.push(s("text", { class: "small lane", x: 0, y: top + 4 }, title));
    top += 10;
    draw(top);
    top += 17 * Math.max(count, 1) + 9;
  };
  const lines = course.lines;
  lane(t("course.lane_lines"), 1, (at) => {
    lines.forEach((line, k) => {
      const from = x(line.started_at);
      const to = Math.max(from + 2, x(line.stopped_at));
      parts.push(
        s("rect", { class: `bar line-${k % 2}`, x: from, width: to - from, y: at, height: 15 }, s("title", { "data-text": "" }, `${line.line}. ${line.regimen}`)),
        s("text", { class: "small onbar", "data-text": "", x: from + 3, y: at + 11.5 }, short(`${line.line} ${line.regimen}`, to - from - 4)),
      );
    });
  });
  lane(t("course.lane_scans"), 1, (at) => {
    for (const scan of course.scans) {
      const mark = scan.response === "PD" ? "M-4 4L0 -4L4 4Z" : scan.response === "PR" || scan.response === "CR" ? "M-4 -4L0 4L4 -4Z" : "M-2 0H2";
      parts.push(s("path", { class: `scan ${scan.response ?? "NE"}`, d: mark, transform: `translate(${x(scan.scanned_at)} ${at + 7})` }, s("title", {}, term("response", scan.response ?? "NE"))));
    }
  });
  const placed = rows(course.symptoms, (one) => one.onset_at, (one) => one.resolved_at ?? course.died_at, 8);
  lane(t("course.lane_symptoms"), Math.max(0, ...placed.map(([, row]) => row + 1)), (at) => {
    for (const [symptom, row] of placed) {
      const from = x(symptom.onset_at);
      const to = Math.max(from + 2, x(symptom.resolved_at ?? course.died_at));
      const words = term("symptom", symptom.symptom);
      const wide = to - from > words.length * 6.2 + 6;
      parts.push(
        s("rect", { class: "bar symptom", x: from, width: to - from, y: at + 17 * row, height: 15 }, s("title", {}, words)),
        s("text", { class: "small onbar", x: wide ? from + 3 : from - 3, y: at + 17 * row + 11.5, "text-anchor": wide ? "start" : "end" }, words),
      );
    }
  });
  const years = end - begin;
  const step = [1, 2, 5, 10].find((one) => years / one <= (narrow() ? 6 : 10)) ?? 20;
  for (let tick = Math.ceil(begin / step) * step; tick <= end; tick += step)
    parts.push(s("line", { class: "grid", x1: x(tick), x2: x(tick), y1: TOP, y2: top }), s("text", { class: "small", x: x(tick), y: top + 14, "text-anchor": "middle" }, number(tick === 0 ? 0 : tick, 0)));
  parts.push(s("text", { class: "axis small", x: (width + left) / 2, y: top + 31, "text-anchor": "middle" }, t("course.time_axis")));
  parts.push(s("line", { class: "death", x1: x(course.died_at), x2: x(course.died_at), y1: TOP, y2: top }));
  if (woman.metastatic_at !== null) parts.push(s("line", { class: "found", x1: x(woman.metastatic_at), x2: x(woman.metastatic_at), y1: TOP, y2: top }));
  const later = s("rect", { class: "later", y: TOP - 2, height: top - TOP + 4, x: 0, width: 0 });
  const now = s("line", { class: "now", y1: TOP - 4, y2: top + 2 });
  const picture = s("svg", { class: "plot lanes", viewBox: `0 0 ${width} ${top + 36}`, role: "img", "aria-label": `${t("course.woman_number", { number: String(woman.number) })}, ${strategy}. ${t("course.size_axis")}; ${t("course.lane_lines")}; ${t("course.lane_scans")}; ${t("course.lane_symptoms")}` }, parts, later, now);
  return {
    picture,
    show: (time) => {
      const at = x(time);
      now.setAttribute("x1", String(at));
      now.setAttribute("x2", String(at));
      later.setAttribute("x", String(at));
      later.setAttribute("width", String(Math.max(0, width - right - at)));
    },
  };
}
