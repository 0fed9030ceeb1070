// Names of what the pack holds, as readers know them, and how shares, years and money are written.

import { h } from "./dom";
import { has, money, named, number, t } from "./strings";

/** The name of a value in an address and in the files of strings: `HR+/HER2-` is `hr_pos_her2_neg`. */
export function slug(value: string): string {
  return value
    .toLowerCase()
    .replace(/\+/g, "_pos")
    .replace(/(hr|her2)-/g, "$1_neg")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}

export function term(kind: string, value: string): string {
  return named(`terms.${kind}_${slug(value)}`, value);
}

/** A name as readers know it; one that only data hold is marked as such. */
export function nameNode(kind: string, value: string): Node {
  return has(`terms.${kind}_${slug(value)}`) ? document.createTextNode(term(kind, value)) : h("span", { "data-text": "" }, value);
}

type Unit = "months" | "years";

function unitOf(years: number): Unit {
  return Math.abs(years) < 2 ? "months" : "years";
}

function inUnit(years: number, unit: Unit): number {
  return unit === "months" ? Math.round(years * 12) : Math.abs(years) >= 10 ? Math.round(years) : Math.round(years * 10) / 10;
}

/** A time in years in the words that people use: months below two years, else years with one decimal below ten. */
export function span(years: number, unit = unitOf(years)): string {
  return t(unit === "months" ? "common.months" : "common.years", { n: inUnit(years, unit) });
}

/** An interval of times, its unit written once; both ends in the unit of the later. */
export function spanRange(low: number, high: number, unit = unitOf(high)): string {
  const n = t("common.range", { low: inUnit(low, unit), high: inUnit(high, unit) });
  return t(unit === "months" ? "common.months" : "common.years", { n });
}

/** Months where all of the times are short, else years: one unit for one sentence. */
export function commonUnit(times: (number | null)[]): Unit {
  return times.every((time) => time !== null && unitOf(time) === "months") ? "months" : "years";
}

/** How values of a unit are written beside `reference`: a number and the ends of its interval with the same digits. */
export function writer(unit: string, reference: number, currency = "GBP"): (amount: number) => string {
  const size = Math.abs(reference);
  if (unit === "GBP" || unit === "money") {
    const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(size, 1))) - 2);
    return (amount) => money(Math.round(amount / step) * step, currency);
  }
  const scale = unit === "share" || unit === "women" ? 100 : 1;
  const digits = size === 0 || unit === "women" ? 0 : unit === "share" ? (size >= 0.0995 ? 0 : 1) : unit === "years" || unit === "lines" ? 1 : size < 10 && !Number.isInteger(size) ? 1 : 0;
  const least = 0.5 * 10 ** -digits;
  // What rounds to nothing is written without a sign.
  return (amount) => number(Math.abs(scale * amount) < least ? 0 : scale * amount, digits);
}

export function plain(amount: number): string {
  if (Number.isInteger(amount) || Math.abs(amount) >= 1000) return number(Math.round(amount), 0);
  const digits = Math.abs(amount) >= 100 ? 0 : Math.abs(amount) >= 10 ? 1 : Math.abs(amount) >= 1 ? 2 : 3;
  return number(amount, digits).replace(/([.,]\d*?)0+$/, "$1").replace(/[.,]$/, "");
}
