// The control of time: play, step by month and by event, a slider; all by button and keyboard, none by dragging alone.

import { h } from "./dom";
import { t } from "./strings";
import { button, choice } from "./ui";

interface Wanted {
  begin: number;
  end: number;
  /** Times of events, ascending. */
  moments: number[];
  start: number;
  clock(time: number): string;
  moved(time: number): void;
  /** Called a little after the last move. */
  settled(time: number): void;
}

export interface Player {
  element: HTMLElement;
  jump(time: number): void;
  stop(): void;
}

/** Years a second. */
const SPEEDS: Record<string, number> = { slow: 0.4, normal: 1.2, fast: 3.5 };
const MONTH = 1 / 12;

export function player(wanted: Wanted): Player {
  const { begin, end, moments } = wanted;
  let time = wanted.start;
  let speed = "normal";
  let frame = 0;
  let timer = 0;
  let noted = 0;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const words = h("output", { class: "clock", for: "time" });
  const slider = h("input", {
    id: "time",
    type: "range",
    min: Math.floor(begin * 12),
    max: Math.ceil(end * 12),
    step: 1,
    "aria-label": t("course.time"),
    oninput: () => {
      pause();
      jump(Number(slider.value) / 12);
    },
  });
  const playButton = button("", () => (running() ? pause() : play()), { class: "main play" });

  function running(): boolean {
    return frame !== 0 || timer !== 0;
  }

  function jump(to: number): void {
    time = Math.min(end, Math.max(begin, to));
    slider.value = String(Math.round(time * 12));
    const said = wanted.clock(time);
    slider.setAttribute("aria-valuetext", said);
    words.textContent = said;
    wanted.moved(time);
    window.clearTimeout(noted);
    if (!running()) noted = window.setTimeout(() => wanted.settled(time), 400);
  }

  function label(): void {
    playButton.textContent = running() ? t("course.pause") : t("course.play");
    playButton.setAttribute("aria-pressed", String(running()));
  }

  function pause(): void {
    cancelAnimationFrame(frame);
    window.clearTimeout(timer);
    const was = running();
    frame = 0;
    timer = 0;
    label();
    if (was) jump(time);
  }

  function step(way: 1 | -1): number {
    const margin = 1e-4;
    if (way > 0) return moments.find((one) => one > time + margin) ?? end;
    return [...moments].reverse().find((one) => one < time - margin) ?? begin;
  }

  function play(): void {
    if (time >= end - 1e-6) jump(begin);
    if (still.matches) {
      // Without motion: from event to event, each shown long enough to be read.
      const next = (): void => {
        timer = window.setTimeout(() => {
          jump(step(1));
          if (time >= end - 1e-6) pause();
          else next();
        }, 1800 / (SPEEDS[speed] ?? 1));
      };
      next();
    } else {
      let before = performance.now();
      const tick = (now: number): void => {
        const seconds = Math.min(0.1, (now - before) / 1000);
        before = now;
        frame = requestAnimationFrame(tick);
        jump(time + seconds * (SPEEDS[speed] ?? 1));
        if (time >= end - 1e-6) pause();
      };
      frame = requestAnimationFrame(tick);
    }
    label();
  }

  const go = (to: () => number) => () => {
    pause();
    jump(to());
  };
  const element = h(
    "div",
    { class: "player", role: "group", "aria-label": t("course.time") },
    h(
      "div",
      { class: "row" },
      playButton,
      button(t("course.event_back"), go(() => step(-1))),
      button(t("course.event_forward"), go(() => step(1))),
      button(t("course.step_back"), go(() => time - MONTH)),
      button(t("course.step_forward"), go(() => time + MONTH)),
      button(t("course.to_start"), go(() => begin)),
      button(t("course.to_end"), go(() => end)),
    ),
    slider,
    h(
      "div",
      { class: "row between" },
      words,
      choice(
        "speed",
        t("course.speed"),
        Object.keys(SPEEDS).map((name) => ({ value: name, label: t(`course.speed_${name}`) })),
        speed,
        (value) => {
          speed = value;
        },
      ),
    ),
  );
  label();
  jump(time);
  window.clearTimeout(noted);
  return {
    element,
    jump: (to) => {
      pause();
      jump(to);
    },
    stop: () => {
      pause();
      window.clearTimeout(noted);
    },
  };
}
