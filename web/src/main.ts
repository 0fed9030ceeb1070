// The shell: language, theme, navigation, the notice that stands on every page, and the drawing of pages.

import { load, WrongSchema } from "./data";
import { h, s } from "./dom";
import type { Context, Page } from "./page";
import { setProvenance, currentProvenance } from "./origin";
import { about, glossary } from "./pages/about";
import { answer } from "./pages/answer";
import { compare } from "./pages/compare";
import { course } from "./pages/course";
import { fit } from "./pages/fit";
import { psa } from "./pages/psa";
import { scenarios } from "./pages/scenarios";
import { sources } from "./pages/sources";
import { spread } from "./pages/spread";
import { teach } from "./pages/teach";
import { narrow } from "./plot";
import { changed, onPage, read, write, type Place } from "./state";
import { currentLanguage, isLanguage, LANGUAGES, number, t, useLanguage } from "./strings";
import { SCHEMA, type Mode } from "./types";
import { complaint } from "./ui";

const PAGES: Record<string, Page> = { answer, scenarios, course, spread, compare, fit, sources, psa, teach, glossary, about };
const FIRST = "answer";
const THEMES = ["auto", "light", "dark"];

let place: Place = { page: FIRST, query: new Map() };
let drawing = 0;
let stops: (() => void)[] = [];
let started: number | undefined;
let mode: Mode | undefined;
let shellOf = "";

function go(next: Place): void {
  const hash = write(next);
  if (hash === window.location.hash) return;
  started = performance.now();
  window.location.hash = hash;
}

function context(mine: number): Context {
  return {
    place,
    change: (values) => go(changed(place, values)),
    note: (values) => {
      place = changed(place, values);
      window.history.replaceState(null, "", write(place));
      links();
    },
    link: (page, values) => write(onPage(place, page, values)),
    cameFrom: () => drawing > 1,
    alive: () => mine === drawing,
    leaving: (stop) => stops.push(stop),
  };
}

function themeOf(query: ReadonlyMap<string, string>): string {
  const theme = query.get("theme") ?? "auto";
  return THEMES.includes(theme) ? theme : "auto";
}

function brand(): SVGElement {
  return s(
    "svg",
    { viewBox: "0 0 32 32", "aria-hidden": "true" },
    s("path", { d: "M4 21c6-3 18-3 24 0v5c-6 3-18 3-24 0z", fill: "var(--s2)", "fill-opacity": 0.35 }),
    s("path", { d: "M16 22C15 16 15 12 17 7", fill: "none", stroke: "var(--good)", "stroke-width": 2.2, "stroke-linecap": "round" }),
    s("path", { d: "M17 10c1-5 6-7 10-6 0 5-4 8-10 6zM15.6 15c-1-4-5-5-9-4 1 4 5 6 9 4z", fill: "var(--good)" }),
    s("circle", { cx: 16, cy: 23.5, r: 2.4, fill: "var(--s2)" }),
  );
}

function picker(id: string, label: string, names: readonly string[], chosen: string, words: (name: string) => string, picked: (name: string) => void): HTMLElement {
  return h(
    "label",
    { for: id },
    label,
    h(
      "select",
      { id, onchange: (event) => picked((event.target as HTMLSelectElement).value) },
      names.map((name) => h("option", { value: name, selected: name === chosen }, words(name))),
    ),
  );
}

function links(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".nav a, a.brand")) {
    const page = link.dataset["page"] ?? FIRST;
    link.href = write(onPage(place, page));
    if (link.classList.contains("brand")) continue;
    if (page === place.page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** What stands around every page; made anew only when its words or theme change. */
function shell(root: HTMLElement): void {
  const theme = themeOf(place.query);
  const wanted = `${currentLanguage()} ${theme}`;
  if (wanted !== shellOf) {
    shellOf = wanted;
    root.replaceChildren(
      h("a", { class: "skip", href: "#main", onclick: skip }, t("app.skip")),
      h(
        "header",
        { class: "top" },
        h("a", { class: "brand", "data-page": FIRST, href: "#/" }, brand(), t("app.name")),
        h(
          "div",
          { class: "tools" },
          picker("pick-lang", t("app.language"), LANGUAGES, currentLanguage(), (name) => t(`app.language_${name}`), (name) =>
            go(changed(place, { lang: name === "en" ? null : name })),
          ),
          picker("pick-theme", t("app.theme"), THEMES, theme, (name) => t(`app.theme_${name}`), (name) =>
            go(changed(place, { theme: name === "auto" ? null : name })),
          ),
        ),
      ),
      h("aside", { class: "notice", "aria-label": t("app.disclaimer") }, h("p", {}, h("strong", {}, t("app.disclaimer")), " ", t("app.disclaimer_more"))),
      h(
        "div",
        { class: "frame" },
        h(
          "nav",
          { class: "nav", "aria-label": t("app.menu") },
          h("ul", {}, Object.keys(PAGES).map((page) => h("li", {}, h("a", { href: "#/", "data-page": page }, t(`nav.${page}`))))),
        ),
        h("main", { id: "main", tabindex: -1 }),
      ),
      h("footer", { class: "foot" }),
      h("div", { id: "live", class: "unseen", role: "status", "aria-live": "polite" }),
    );
  }
  if (theme === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset["theme"] = theme;
  links();
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function foot(): void {
  const from = currentProvenance();
  const lines = [t("app.disclaimer")];
  if (from)
    lines.push(t("app.provenance", { version: from.version, hash: from.parameters_hash.slice(0, 12), women: number(from.women), seed: String(from.seed) }));
  if (mode && !mode.live) lines.push(t("app.offline", { command: "seedsoil explore" }));
  document.querySelector(".foot")?.replaceChildren(...lines.map((line) => h("p", {}, line)));
}

function staleness(): Node | null {
  const from = currentProvenance();
  if (!mode || mode.pack_current || !from) return null;
  return complaint(
    t("errors.title"),
    t("app.stale_pack", { pack: from.parameters_hash.slice(0, 12), catalog: mode.parameters_hash.slice(0, 12), command: from.made }),
  );
}

function wrong(error: unknown): Node {
  if (error instanceof WrongSchema) return complaint(t("errors.title"), t("errors.schema", { found: "?", wanted: String(SCHEMA) }));
  return complaint(t("errors.title"), t("errors.pack", { reason: error instanceof Error ? error.message : String(error) }));
}

async function draw(): Promise<void> {
  const mine = ++drawing;
  const before = started ?? performance.now();
  started = undefined;
  document.documentElement.dataset["state"] = "busy";
  const arrived = read(window.location.hash);
  const same = arrived.page === place.page && document.documentElement.dataset["drawn"] !== undefined;
  const complaints: string[] = [];
  place = arrived;
  if (place.page === "") place = { page: FIRST, query: place.query };
  const wantedLanguage = place.query.get("lang");
  await useLanguage(isLanguage(wantedLanguage) ? wantedLanguage : "en");
  if (mine !== drawing) return;
  if (wantedLanguage !== undefined && !isLanguage(wantedLanguage))
    complaints.push(t("errors.bad_state", { field: t("app.language"), value: wantedLanguage.slice(0, 60), used: t("app.language_en") }));
  const wantedTheme = place.query.get("theme");
  if (wantedTheme !== undefined && !THEMES.includes(wantedTheme))
    complaints.push(t("errors.bad_state", { field: t("app.theme"), value: wantedTheme.slice(0, 60), used: t("app.theme_auto") }));
  if (!Object.hasOwn(PAGES, place.page)) {
    complaints.push(t("errors.no_page", { name: place.page.slice(0, 60) }));
    place = { page: FIRST, query: place.query };
  }
  for (const stop of stops.splice(0)) stop();
  setProvenance(undefined);
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  const focused = document.activeElement?.id;
  const root = document.getElementById("app") as HTMLElement;
  shell(root);
  const main = document.getElementById("main") as HTMLElement;
  if (!same) main.replaceChildren(h("p", { class: "quiet" }, t("app.loading")));
  let content: Node;
  try {
    mode ??= await load("mode");
    await load("answers");
    content = await (PAGES[place.page] as Page)(context(mine));
  } catch (error) {
    content = wrong(error);
  }
  if (mine !== drawing) return;
  const notes = complaints.length ? complaint(t("errors.title"), ...complaints) : null;
  main.replaceChildren(...[notes, staleness(), content].filter((node) => node !== null));
  main.dataset["page"] = place.page;
  document.title = t("app.title", { page: t(`nav.${place.page}`) });
  foot();
  if (!same && document.documentElement.dataset["drawn"] !== undefined) {
    window.scrollTo(0, 0);
    document.getElementById("title")?.focus({ preventScroll: true });
  } else if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  document.documentElement.dataset["drawn"] = "";
  document.documentElement.dataset["state"] = "ready";
  document.documentElement.dataset["lastUpdateMs"] = String(Math.round((performance.now() - before) * 10) / 10);
}

let wasNarrow = narrow();
window.addEventListener("resize", () => {
  if (narrow() === wasNarrow) return;
  wasNarrow = narrow();
  void draw();
});
document.addEventListener("seedsoil:provenance", foot);
// On paper nothing can be unfolded: what is there is opened for printing, and closed after it.
let opened: HTMLDetailsElement[] = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open], .screen, .entry-line)")].filter((one) => one.childElementCount > 1);
  for (const one of opened) one.open = true;
});
window.addEventListener("afterprint", () => {
  for (const one of opened.splice(0)) one.open = false;
});
window.addEventListener("hashchange", () => void draw());
// What every page needs is asked for at once; draw() waits for it and tells what fails.
for (const part of ["mode", "answers"] as const) load(part).catch(() => undefined);
void draw();
