"""The report of a simulated trial: one HTML page that stands alone, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.display.page import Figure, Page, table_html, text, write_whole
from seedsoil.display.shares import dots_chart
from seedsoil.display.waterfall import waterfall_chart
from seedsoil.display.words import listed, percent, percent_interval, whole
from seedsoil.trials import charts
from seedsoil.trials.endpoints import among_words
from seedsoil.trials.words import agrees_words, interval_words, result_words, value_words
from seedsoil.vocabulary import ORGANS, PROGRESSED_BY

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.trials.endpoints import Result
    from seedsoil.trials.result import TrialData

DEATH_FIRST = "death first"
# Subgroups have long names; without this the last columns would lie beyond the edge.
_WRAPPED = "<style>th[scope=row] { white-space: normal; min-width: 11rem; }</style>"
CURVES = (("pfs", "Progression-free survival"), ("os", "Overall survival"))
_CAPTION = "Lines: the model at large n. Bands: 95 % of simulated trials of this size. Hollow marks: published."


def write_trial_report(result: TrialData, path: str | Path) -> Path:
    """Write the report of a trial as one self-contained HTML file, whole or not at all.

    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, trial_report_html(result))


def trial_report_html(result: TrialData) -> str:
    """The page that `write_trial_report` writes."""
    page = _Page(result)
    page.head()
    page.numbers()
    page.curves()
    page.forest()
    page.responses()
    page.sites()
    page.method()
    return page.html(f"seedsoil: {result.trial.name}")


class _Page(Page):
    """The sections of the page."""

    def __init__(self, result: TrialData) -> None:
        super().__init__()
        self.result = result
        self.trial = result.trial
        self.names = charts.arm_names(result)
        self.sizes = {arm.name: arm.n for arm in result.trial.arms}

    def head(self) -> None:
        t, made = self.trial, self.result.manifest
        registered = f"; {t.nct}" if t.nct else ""
        about = f"{t.description}, {t.year}{registered}. {t.population}".strip()
        self.header(
            f"{t.name}, simulated",
            about[:1].upper() + about[1:],
            f"seedsoil {made['seedsoil']}, seed {made['seed']}.",
        )
        self.answer(
            "Does the model agree with the trial?",
            self.result.verdict,
            *filter(None, (self.result.ratios_sentence, self.result.role_sentence)),
        )
        women = made["women"]
        facts = [
            *((f"women in arm {name}", whole(n)) for name, n in self.sizes.items()),
            ("role", t.role),
            ("women simulated", whole(women["simulated"])),
            ("with metastatic disease", whole(women["metastatic"])),
            ("of these eligible, in every arm", whole(women["enrolled"])),
            ("replicates of the trial", whole(made["replicates"])),
        ]
        self.facts(facts)

    def numbers(self) -> None:
        self.add(
            f"{_WRAPPED}<h2>Every published number</h2><p>Simulated: the model's mean, with its Monte-Carlo "
            "error. The interval holds 95 % of simulated trials of this size: what chance in who "
            "enrols allows, not doubt about the model. An asterisk: not verified at its source.</p>"
        )
        header = ["", "published", "simulated", "95 % of trials", "agrees"]
        missing: list[Result] = []
        sections: dict[str, list[list[str]]] = {}
        for r in self.result.results:
            if r.reason:
                missing.append(r)
                continue
            sections.setdefault(r.arm, []).append(_row(r))
        for arm, rows in sections.items():
            self.add(f"<h3>{text(arm)}</h3>{table_html(header, rows)}")
        if missing:
            items = "".join(
                f"<li>{text(r.arm)}: {text(result_words(r))}, published "
                f"{text(value_words(r.published, r.unit))}: {text(r.reason)}.</li>"
                for r in missing
            )
            self.add(f"<h3>Published, not simulated</h3><ul>{items}</ul>")

    def curves(self) -> None:
        self.add(f"<h2>Survival</h2><p>{_CAPTION} Under the axis: women at risk in a trial.</p>")
        for curve, title in CURVES:
            sentence = self._curve_sentence(curve)
            chart = charts.survival_chart(self.result, curve, sentence)
            self.figure(title, Figure(chart, sentence, *self._curve_rows(curve)))

    def _medians(self, curve: str) -> list[tuple[str, float, float | None]]:
        """Each arm's median in months, simulated and published."""
        found = []
        for name in self.names:
            median = float(self.result.mean.arms[name].curves[curve].median[0])
            published = next(
                (r.published for r in self.result.results
                 if r.arm == name and r.endpoint == f"{curve}_median" and not r.among),
                None,
            )  # fmt: skip
            found.append((name, median, published))
        return found

    def _curve_sentence(self, curve: str) -> str:
        what = {"pfs": "progression-free", "os": "overall"}[curve]
        parts = []
        for name, median, published in self._medians(curve):
            against = "" if published is None else f" against {published:.1f} published"
            parts.append(f"{value_words(median, 'months')}{against} ({name})")
        return f"Median {what} survival in months: {listed(parts)}."

    def _curve_rows(self, curve: str) -> tuple[list[str], list[list[str]]]:
        months = np.array(self.result.months)
        _, ticks = charts.horizon_of(self.result, curve)
        rows = []
        for name in self.names:
            mean = self.result.mean.arms[name].curves[curve]
            drawn = self.result.replicates.arms[name].curves[curve]
            for tick in ticks:
                i = int(np.searchsorted(months, tick))
                values = drawn.at[:, i][np.isfinite(drawn.at[:, i])]
                low, high = np.quantile(values, charts.BAND) if values.size else (np.nan, np.nan)
                rows.append(
                    [name, f"{tick:g}", whole(float(drawn.at_risk[:, i].mean())),
                     percent(float(mean.at[0, i])), percent_interval(float(low), float(high))]
                )  # fmt: skip
        return ["arm", "months", "at risk", "free of it", "95 % of trials"], rows

    def forest(self) -> None:
        ratios = [
            (result_words(r).replace(", hazard ratio", ""), r)
            for r in self.result.results
            if r.endpoint.endswith("_hr") and r.mean is not None and np.isfinite(r.mean)
        ]
        if not ratios:
            return
        arm = ratios[0][1].arm
        self.add(f"<h2>Hazard ratios, {text(arm)}</h2>")
        judged = [r for _, r in ratios if r.inside is not None]
        inside = sum(bool(r.inside) for r in judged)
        sentence = "Published: 95 % confidence interval; simulated: 95 % of trials of this size."
        if judged:
            sentence = (
                f"{inside} of {len(judged)} published hazard ratios lie where 95 % of simulated "
                f"trials do. {sentence}"
            )
        rows = [
            [name, value_words(r.published, r.unit), _limits(r.low, r.high), value_words(r.mean, r.unit),
             _limits(r.predicted_low, r.predicted_high), agrees_words(r)]
            for name, r in ratios
        ]  # fmt: skip
        header = ["", "published", "95 % interval", "simulated", "95 % of trials", "agrees"]
        self.figure("", Figure(charts.forest_chart(ratios, sentence), sentence, header, rows))

    def responses(self) -> None:
        self.add("<h2>Response of target lesions</h2>")
        for name in self.names:
            rows = self.result.enrolment.arms[name].rows
            known = np.isfinite(rows.best_change)
            if known.sum() < 2:
                continue
            change, response = rows.best_change[known], rows.best_response[known]
            shrunk = float(np.mean(change <= -0.3))
            grown = float(np.mean(change >= 0.2))
            sentence = (
                f"{name}: at its best the sum of diameters had shrunk by 30 % or more in "
                f"{percent(shrunk)} of the women with target lesions, and never been less than 20 % "
                f"above baseline in {percent(grown)}. A response counts when a second scan confirms it."
            )
            quantiles = np.quantile(change, [0.05, 0.25, 0.5, 0.75, 0.95])
            table = [
                [f"{share} %", f"{100 * q:+.0f} %"]
                for share, q in zip((5, 25, 50, 75, 95), quantiles, strict=True)
            ]
            chart = waterfall_chart(change, response, sentence)
            self.figure(name, Figure(chart, sentence, ["women below", "best change"], table))

    def sites(self) -> None:
        self.add(
            "<h2>Where and how it progressed</h2><p>Of all women of an arm. Intervals: 95 % of trials "
            "of this size.</p>"
        )
        organs = [*ORGANS, DEATH_FIRST]
        self._shares("Site of first progression", "progression_organ", organs)
        self._shares("What showed it", "progression_by", [*PROGRESSED_BY, DEATH_FIRST])

    def _shares(self, title: str, field: str, kinds: list[str]) -> None:
        from scipy.stats import binom

        rows, table = [], []
        for name in self.names:
            codes = self.result.enrolment.arms[name].rows[field]
            n = self.sizes[name]
            for code, kind in enumerate(kinds):
                share = float(np.mean(codes == (code if kind != DEATH_FIRST else -1)))
                low, high = (float(k) / n for k in binom.interval(0.95, n, share))
                low, high = (0.0, 0.0) if np.isnan(low) else (low, high)
                rows.append((kind, name, share, low, high))
                table.append([f"{kind}, {name}", percent(share), percent_interval(low, high)])
        told = []
        for name in self.names:
            mine = sorted((r for r in rows if r[1] == name), key=lambda r: -r[2])[:3]
            told.append(f"{name}: " + ", ".join(f"{r[0]} {percent(r[2])}" for r in mine))
        sentence = f"Most often, {'; '.join(told)}."
        chart = dots_chart(
            rows, order=kinds, x_title="Share of the women of an arm", description=sentence
        )
        self.figure(title, Figure(chart, sentence, ["", "share", "95 % of trials"], table))

    def method(self) -> None:
        t = self.trial
        groups = [among_words(group.asked()) or "all" for group in (t.eligible, *t.or_eligible)]
        arms = []
        for arm in t.arms:
            given = (
                "usual care"
                if arm.usual_care
                else listed([f"{name} ({percent(share, 0)})" if share < 1.0 else name
                             for name, share in arm.regimen.items()])
            )  # fmt: skip
            until = f" for {arm.until_months:g} months" if arm.until_months else ""
            then = f", then {arm.then}" if arm.then else ""
            cross = ""
            if arm.crossover is not None:
                cross = f"; {percent(arm.crossover.share, 0)} cross over to {arm.crossover.regimen}"
            arms.append(f"{arm.name}, {whole(arm.n)} women: {given}{until}{then}{cross}")
        points = [
            f"Eligible: {'; or '.join(groups)}. Primaries of the era {t.adjuvant}; lines before by the "
            f"strategy {t.before}, after by {t.after}.",
            *arms,
            f"Scans every {t.scan_weeks:g} weeks; accrual over {t.accrual_months:g} months; data cut "
            f"{t.follow_up_months:g} months after the first enrolment; {percent(t.dropout)} a year "
            "lost to follow-up.",
            "The same women, with the same random numbers, take part in every arm; trials of the "
            "published size are drawn from them. The interval does not hold doubt about the model.",
            "Responses are confirmed by a second scan; progression without an event is known to the "
            "last scan before the cut.",
        ]
        if t.note:
            points.append(f"From the trial's file: {t.note}")
        self.heading("How the trial was told")
        self.points(points)
        digest = "parameters, hash"
        sources = ", ".join(t.sources) or "none given"
        self.made(
            [(digest, self.result.manifest["parameters_hash"]), ("sources", sources)], code=[digest]
        )


def _limits(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.2f} to {high:.2f}"


def _row(r: Result) -> list[str]:
    error = "" if r.error is None else f" ± {_error(r.error, r.unit)}"
    return [
        result_words(r),
        value_words(r.published, r.unit) + (" *" if r.verified is False else ""),
        value_words(r.mean, r.unit) + error,
        interval_words(r),
        agrees_words(r),
    ]


def _error(error: float, unit: str) -> str:
    return f"{100 * error:.1f}" if unit == "share" else f"{error:.2f}"
