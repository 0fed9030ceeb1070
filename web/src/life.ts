// One woman's course as what is so at a time, and what happened when. Times are years from the first diagnosis.

import { number, t } from "./strings";
import type { Course, Lesion, Line, Woman } from "./types";
import { ORGANS, type Organ } from "./body";
import { term } from "./words";

export type Stage = "asleep" | "unseen" | "growing" | "shrinking" | "gone";

export interface Now {
  lesion: Lesion;
  organ: Organ;
  stage: Stage;
  mm: number;
}

/** Diameter of a sphere of so many cells at 10⁹ cells to the cm³ (growth.cells_per_cm3), in mm. */
export function millimetres(log10Cells: number): number {
  return 10 * Math.cbrt((6 * 10 ** (log10Cells - 9)) / Math.PI);
}

export function organOf(lesion: Lesion): Organ {
  if (lesion.organ === "node") return "nodes";
  return ORGANS.find((organ) => organ === lesion.organ) ?? "other";
}

/** log10 of the cells at a time, and whether they are growing; null outside of what is known. */
function sizeAt(lesion: Lesion, time: number): { cells: number; grows: boolean } | null {
  const { times, log10_cells: cells } = lesion;
  const last = times.length - 1;
  if (last < 0 || time < (times[0] ?? 0)) return null;
  if (time >= (times[last] ?? 0)) return { cells: cells[last] ?? 0, grows: (cells[last] ?? 0) >= (cells[last - 1] ?? 0) };
  let k = times.findIndex((one) => one > time) - 1;
  k = Math.max(0, k);
  const [t0 = 0, t1 = 0, c0 = 0, c1 = 0] = [times[k], times[k + 1], cells[k], cells[k + 1]];
  const share = t1 > t0 ? (time - t0) / (t1 - t0) : 0;
  return { cells: c0 + share * (c1 - c0), grows: c1 >= c0 };
}

export function lesionAt(lesion: Lesion, time: number, deNovo: boolean): Now | null {
  if (time < lesion.founded_at) return null;
  const organ = organOf(lesion);
  const now = (stage: Stage, mm: number): Now => ({ lesion, organ, stage, mm });
  if (lesion.eradicated_at !== null && time >= lesion.eradicated_at) return now("gone", 0);
  // The breast is operated on at the diagnosis, unless the disease had spread by then.
  const last = lesion.times[lesion.times.length - 1] ?? 0;
  if ((lesion.organ === "breast" || lesion.organ === "node") && !deNovo && last <= 0.02 && time > 0.02) return now("gone", 0);
  if (lesion.woke_at !== null && time < lesion.woke_at) return now("asleep", 0.01);
  const size = sizeAt(lesion, time);
  if (!size) return now(lesion.woke_at === null ? "asleep" : "unseen", 0.01);
  const mm = millimetres(size.cells);
  if (lesion.visible_at === null || time < lesion.visible_at) return now("unseen", mm);
  return now(size.grows ? "growing" : "shrinking", mm);
}

export function stateAt(woman: Woman, course: Course, time: number): Now[] {
  return course.lesions.map((lesion) => lesionAt(lesion, time, woman.presentation === "de novo")).filter((now) => now !== null);
}

/** What can be seen in the body, in words: the description of the picture. */
export function described(state: Now[]): string {
  const seen = state.filter((now) => now.stage === "growing" || now.stage === "shrinking");
  const asleep = state.filter((now) => now.stage === "asleep").length;
  if (seen.length === 0) return asleep > 0 ? t("course.body_asleep", { n: asleep }) : t("course.body_none");
  return ORGANS.map((organ) => seen.filter((now) => now.organ === organ))
    .filter((group) => group.length > 0)
    .map((group) =>
      t("course.body_place", {
        organ: term("organ", group[0]?.organ ?? "other"),
        n: group.reduce((sum, now) => sum + now.lesion.multiplicity, 0),
        size: number(Math.max(...group.map((now) => Math.round(now.mm))), 0),
      }),
    )
    .join("; ");
}

export interface Happened {
  time: number;
  words: string;
  kind: "seed" | "found" | "symptom" | "line" | "scan" | "end";
}

function reasonOf(line: Line): string {
  if (line.stop_reason === null) return t("common.not_known");
  const why = line.stop_reason === "progression" && line.progression_by !== null ? [term("progression", line.progression_by)] : [];
  if (why.length && line.progression_organ !== null) why.push(term("organ", line.progression_organ));
  return [term("stop", line.stop_reason), ...(why.length ? [`(${why.join(", ")})`] : [])].join(" ");
}

/** Until when two courses are the same: the first event that one of them has and the other has not. */
export function parting(a: Happened[], b: Happened[]): number {
  const k = a.findIndex((event, i) => b[i]?.words !== event.words || Math.abs(b[i].time - event.time) > 1e-6);
  return k < 0 ? Infinity : Math.min(a[k]?.time ?? Infinity, b[k]?.time ?? Infinity);
}

/** What happened, in the order of time. Seeds that never mattered are left out, scans where they say nothing new. */
export function events(woman: Woman, course: Course): Happened[] {
  const list: Happened[] = [];
  const add = (time: number | null, kind: Happened["kind"], words: string): void => {
    if (time !== null && time <= course.died_at + 1e-6) list.push({ time, kind, words });
  };
  add(0, "found", t("course.event_diagnosis", { size: number(Math.round(woman.diameter_mm), 0), nodes: woman.positive_nodes }));
  if (woman.presentation !== "de novo") {
    add(0, "found", t("course.event_surgery"));
    if (woman.adjuvant && woman.adjuvant !== "none")
      add(0, "line", t("course.event_adjuvant", { therapy: woman.adjuvant.split("+").map((one) => term("adjuvant", one)).join(", ") }));
  }
  const told = new Set(course.symptoms.map((symptom) => symptom.lesion));
  for (const lesion of course.lesions) {
    if (lesion.id === 0) continue;
    const organ = term("organ", lesion.organ);
    const matters = lesion.visible_at !== null || told.has(lesion.id);
    if (!matters) continue;
    add(lesion.founded_at, "seed", t("course.event_founded", { organ: `${organ}, ${term("route", lesion.route)}` }));
    if (lesion.woke_at !== null && lesion.woke_at - lesion.founded_at > 0.1) add(lesion.woke_at, "seed", t("course.event_wakes", { organ }));
    const local = lesion.organ === "breast" || lesion.organ === "node";
    add(lesion.visible_at, "seed", local && (lesion.visible_at ?? 0) > 0.1 ? t("course.event_local") : t("course.event_visible", { organ }));
  }
  const foundBy = woman.found_by === null ? "" : ` (${term("foundby", woman.found_by)})`;
  add(woman.metastatic_at, "found", t("course.event_metastatic") + foundBy);
  for (const symptom of course.symptoms) {
    const words = { symptom: `${term("symptom", symptom.symptom)} (${term("organ", symptom.organ)})` };
    add(symptom.onset_at, "symptom", t("course.event_symptom", words));
    if (symptom.resolved_at !== null && symptom.resolved_at < course.died_at) add(symptom.resolved_at, "symptom", t("course.event_symptom_ends", words));
  }
  for (const line of course.lines) {
    add(line.started_at, "line", t("course.event_line", { n: String(line.line), regimen: `${line.regimen} (${line.classes.map((one) => term("class", one)).join(", ")})` }));
    if (line.stopped_at < course.died_at - 1e-6)
      add(line.stopped_at, "line", t("course.event_line_ends", { n: String(line.line), reason: reasonOf(line) }));
  }
  let before = "";
  for (const scan of course.scans) {
    const said = `${scan.line} ${scan.response}`;
    if (said !== before && scan.response !== null && scan.response !== "NE") add(scan.scanned_at, "scan", t("course.event_scan", { response: term("response", scan.response) }));
    before = said;
  }
  if (course.outcome === "eradicated") {
    const cleared = course.lesions.filter((lesion) => lesion.id !== 0).map((lesion) => lesion.eradicated_at);
    const all = cleared.filter((time) => time !== null);
    if (all.length && all.length === cleared.length) add(Math.max(...all), "seed", t("course.event_cured"));
  }
  const cause = course.cause_of_death === "other" ? "other" : course.cause_of_death === "treatment" ? "treatment" : "cancer";
  add(course.died_at, "end", t(`course.event_death_${cause}`));
  return list.sort((a, b) => a.time - b.time);
}

/** Where the scrubber begins: when the first seed that matters settled, or the tumour began. */
export function beginning(courses: Course[]): number {
  return Math.min(-0.5, ...courses.flatMap((course) => course.lesions.map((lesion) => lesion.founded_at)));
}
