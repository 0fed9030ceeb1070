// Names of what the pack holds, as readers know them, and how shares, years and money are written.

import { money, named, number, t } from "./strings";

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

/** A time in years in the words that people use: months below two years, else years with one decimal below ten. */
export function span(years: number): string {
  const months = Math.round(years * 12);
  if (Math.abs(years) < 2) return t("common.months", { n: months });
  const shown = Math.round(years * 10) / 10;
  return t("common.years", { n: Number.isInteger(shown) || shown >= 10 ? Math.round(shown) : shown });
}

/** A value in its unit, rounded as it deserves. */
export function value(amount: number, unit: string, currency = "GBP"): string {
  if (unit === "share") return number(Math.round(100 * amount), 0);
  if (unit === "GBP" || unit === "money") return money(amount, currency);
  if (unit === "years") return number(amount, Math.abs(amount) < 0.095 ? 2 : 1);
  if (unit === "lines") return number(amount, 1);
  return number(amount, amount !== 0 && Math.abs(amount) < 10 && !Number.isInteger(amount) ? 1 : 0);
}

export function plain(amount: number): string {
  if (Number.isInteger(amount) || Math.abs(amount) >= 1000) return number(Math.round(amount), 0);
  const digits = Math.abs(amount) >= 100 ? 0 : Math.abs(amount) >= 10 ? 1 : Math.abs(amount) >= 1 ? 2 : 3;
  return number(amount, digits).replace(/([.,]\d*?)0+$/, "$1").replace(/[.,]$/, "");
}
