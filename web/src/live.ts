// Questions that the pack cannot answer go to the server that serves this page, and to no other.

import { here } from "./data";
import { h } from "./dom";
import { number, t } from "./strings";
import type { Answer, BuiltStrategy, Job, Mode, Question, Refusal } from "./types";
import { announce, button, complaint } from "./ui";

export class Refused extends Error {
  constructor(
    readonly refusal: Refusal["error"],
    readonly retryAfter: string | null,
  ) {
    super(refusal.message);
  }
}

export function liveMode(): Mode | undefined {
  const mode = here("mode");
  return mode?.live ? mode : undefined;
}

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "omit", cache: "no-store", ...init });
  } catch {
    throw new Error(t("errors.network"));
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const refusal = (body as Refusal | null)?.error;
  if (response.status === 429) throw new Error(t("jobs.busy", { seconds: response.headers.get("Retry-After") ?? "10" }));
  if (refusal) throw new Refused(refusal, response.headers.get("Retry-After"));
  throw new Error(t("errors.network"));
}

/** What was asked in this page since it was loaded, and whether its answer was there already. */
const askedHere = new Map<string, "new" | "known">();

export async function ask(question: Question): Promise<Job> {
  const one = await call<Job>("api/jobs", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) });
  askedHere.set(one.id, one.state === "done" ? "known" : "new");
  return one;
}

/** Whether a built strategy can be run; what of it can never be taken comes back as warnings. */
export function check(built: BuiltStrategy): Promise<{ ok: boolean; warnings: string[] }> {
  return call("api/check", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(built) });
}

export function job(id: string): Promise<Job> {
  return call<Job>(`api/jobs/${encodeURIComponent(id)}`);
}

export function cancel(id: string): Promise<Job> {
  return call<Job>(`api/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
}

const FINAL = ["done", "failed", "cancelled"];

/** Follows a job to its end; each change is told. Returns what stops following. */
export function follow(id: string, changed: (job: Job) => void, failed: (error: Error) => void): () => void {
  let stopped = false;
  let source: EventSource | undefined;
  let timer = 0;
  const take = (one: Job): void => {
    if (stopped) return;
    changed(one);
    if (FINAL.includes(one.state)) stop();
  };
  const stop = (): void => {
    stopped = true;
    source?.close();
    window.clearTimeout(timer);
  };
  const poll = (): void => {
    job(id).then(
      (one) => {
        take(one);
        if (!stopped) timer = window.setTimeout(poll, 1000);
      },
      (error: Error) => {
        if (stopped) return;
        failed(error);
        if (!(error instanceof Refused)) timer = window.setTimeout(poll, 3000);
      },
    );
  };
  source = new EventSource(`api/jobs/${encodeURIComponent(id)}/events`);
  source.addEventListener("job", (event) => take(JSON.parse((event as MessageEvent<string>).data) as Job));
  source.onerror = () => {
    source?.close();
    if (!stopped) timer = window.setTimeout(poll, 500);
  };
  return stop;
}

export function refusalNode(error: unknown): HTMLElement {
  if (error instanceof Refused) {
    const lines = error.refusal.problems.length ? error.refusal.problems : [error.refusal.message];
    const node = complaint(t("errors.title"), ...lines);
    for (const line of node.querySelectorAll("p")) line.dataset["text"] = "";
    return node;
  }
  return complaint(t("errors.title"), error instanceof Error ? error.message : String(error));
}

/** A place on the page that shows a job's progress, then hands over its answer. */
export function jobPanel(id: string, done: (answer: Answer, cached: boolean) => void, gone: () => void): { element: HTMLElement; stop: () => void } {
  const bar = h("progress", { max: 1, "aria-label": t("jobs.title") });
  const words = h("p", {}, t("app.loading"));
  const stopButton = button(t("jobs.cancel"), () => void cancel(id).catch(() => undefined));
  const place = h("div", { class: "card job", "data-job": id }, h("h2", {}, t("jobs.title")), words, bar, h("div", { class: "row" }, stopButton));
  const end = (node: HTMLElement): void => place.replaceChildren(node, h("div", { class: "row" }, button(t("common.close"), gone)));
  const stop = follow(
    id,
    (one) => {
      place.dataset["state"] = one.state;
      if (!askedHere.has(id) && one.state === "running") announce(t("jobs.found_again"));
      if (one.state === "queued") words.textContent = t("jobs.queued", { n: Math.max(0, (one.place ?? 1) - 1) });
      if (one.state === "running") {
        const share = one.of > 0 ? one.done / one.of : 0;
        bar.value = share;
        words.textContent = t("jobs.running", { percent: number(Math.floor(100 * share), 0) });
      }
      if (one.state === "cancelled") end(complaint(t("jobs.cancelled")));
      if (one.state === "failed") end(complaint(t("errors.title"), t("jobs.failed", { reason: one.message ?? "" }), ...(one.again ? [t("jobs.killed")] : [])));
      if (one.state === "done" && one.answer) {
        announce(t("app.ready"));
        done(one.answer, askedHere.get(id) !== "new");
      }
    },
    (error) => {
      if (error instanceof Refused) end(refusalNode(error));
      else words.textContent = t("jobs.lost");
    },
  );
  return { element: place, stop };
}
