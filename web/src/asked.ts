// Who is asked about: the five dimensions of an answer, read from the address and written to it.

import { h } from "./dom";
import { liveMode } from "./live";
import type { Context } from "./page";
import { t } from "./strings";
import { DIMENSIONS, type Answers, type Asked, type Cell, type Dimension } from "./types";
import { select } from "./ui";
import { slug, term } from "./words";

const FIRST: Record<Dimension, (answers: Answers) => string> = {
  era: (answers) => answers.default.era,
  strategy: (answers) => answers.default.strategy,
  subtype: () => "all",
  age: () => "all",
  presentation: () => "all",
};

function labelOf(dimension: Dimension): string {
  return t(`common.${dimension}`);
}

/** What the address asks; where it holds a value that the pack has not, the default, and a complaint. */
export function asked(context: Context, answers: Answers, complaints: string[]): Asked {
  const found = {} as Asked;
  for (const dimension of DIMENSIONS) {
    const first = FIRST[dimension](answers);
    const wanted = context.place.query.get(dimension);
    const known = answers.dimensions[dimension];
    const match = wanted === undefined ? first : known.find((one) => slug(one) === wanted || one === wanted);
    found[dimension] = match ?? first;
    if (match === undefined)
      complaints.push(t("errors.bad_state", { field: labelOf(dimension), value: String(wanted).slice(0, 60), used: term(dimension, first) }));
  }
  return found;
}

/** One of the allowed values that the address holds under `name`; else the first, and a complaint. */
export function picked<T extends string>(context: Context, name: string, label: string, allowed: readonly T[], first: T, complaints: string[], words: (value: T) => string = String): T {
  const wanted = context.place.query.get(name);
  const match = allowed.find((one) => one === wanted);
  if (wanted !== undefined && match === undefined) complaints.push(t("errors.bad_state", { field: label, value: wanted.slice(0, 60), used: words(first) }));
  return match ?? first;
}

/** The job that the address names, if it can be one. */
export function jobOf(context: Context, complaints: string[]): string | null {
  const job = context.place.query.get("job");
  if (job === undefined) return null;
  if (/^[0-9a-f]{64}$/.test(job) && liveMode()) return job;
  complaints.push(liveMode() ? t("errors.bad_state", { field: t("jobs.title"), value: job.slice(0, 60), used: t("common.none_chosen") }) : t("errors.network"));
  return null;
}

export function cellKey(question: Asked): string {
  return DIMENSIONS.map((dimension) => question[dimension]).join("|");
}

export function cellOf(answers: Answers, question: Asked): Cell | undefined {
  return answers.cells[cellKey(question)];
}

/** The controls of the question; `without` leaves some out. */
export function questionForm(context: Context, answers: Answers, question: Asked, without: Dimension[] = []): HTMLElement {
  const shown: Dimension[] = ["subtype", "presentation", "age", "strategy", "era"];
  return h(
    "form",
    { class: "asked", "aria-label": t("common.question"), onsubmit: (event) => event.preventDefault() },
    shown
      .filter((dimension) => !without.includes(dimension))
      .map((dimension) =>
        select(
          `ask-${dimension}`,
          labelOf(dimension),
          answers.dimensions[dimension].map((value) => ({ value: slug(value), label: term(dimension, value) })),
          slug(question[dimension]),
          (value) => context.change({ [dimension]: value === slug(FIRST[dimension](answers)) ? null : value }),
        ),
      ),
  );
}
