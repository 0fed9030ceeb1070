"""What a simulated trial found beside what was published, as numbers and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.overrides import changes_words
from seedsoil.display.shown import Shown, text_table
from seedsoil.display.words import listed, percent
from seedsoil.trials.endpoints import Result
from seedsoil.trials.enrolled import HEADER, Enrolled, enrolled_rows, enrolled_sentence
from seedsoil.trials.replicates import FEWEST_FOR_INTERVAL
from seedsoil.trials.words import (
    agrees_words,
    chance_interval_words,
    interval_words,
    of_all,
    published_words,
    result_words,
    role_words,
    value_words,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.catalog import Trial
    from seedsoil.trials.enrolment import Enrolment
    from seedsoil.trials.over_draws import Headlines
    from seedsoil.trials.replicates import Replicates

RESAMPLES = 100
"""Resamples for the Monte-Carlo error of a mean: they give it to 7 %."""
_GRID = 160  # points at which curves are read to be drawn
_TICK = 3.0  # months: every place where women at risk may be counted
MOST_REPLICATES = 100_000


def result_kinds() -> dict[str, pa.DataType]:
    """Arrow types of the fields of a `Result` that are not numbers."""
    import pyarrow as pa

    text = pa.string()
    words = ("arm", "endpoint", "among", "unit", "reason", "note", "bound", "analysis")
    kinds: dict[str, pa.DataType] = dict.fromkeys(words, text)
    return kinds | {
        "sources": pa.list_(text), "digits": pa.int64(),
        **dict.fromkeys(
            ("verified", "inside", "inside_90", "chance_inside", "chance_inside_90",
             "allowed_inside", "allowed_inside_90"),
            pa.bool_(),
        ),
    }  # fmt: skip


@dataclass(frozen=True)
class TrialData(Shown):
    """A simulated trial beside its published results; `TrialResult` draws and saves it.

    `results`: every published number, and what any trial reports, with the model's mean at large n and
    the 95 % prediction interval of a trial of its own size. `facts`: what was published of the women who
    enrol, beside the simulated ones. `mean` and `replicates` hold the curves of all women, read at
    `months`; `enrolment` the women themselves, in every arm. `headlines`: over draws of the posterior,
    what is not known of the parameters and what is chance, apart; None without. Times in months.
    """

    title = "A trial, published and simulated"

    trial: Trial
    results: tuple[Result, ...]
    facts: tuple[Enrolled, ...]
    mean: Replicates
    replicates: Replicates
    months: tuple[float, ...]
    enrolment: Enrolment
    manifest: dict[str, Any]
    headlines: Headlines | None = None

    def table(self) -> pa.Table:
        """One row a published number; columns as the fields of `Result`, of curves in months."""
        import pyarrow as pa

        rows = [vars(result) | {"sources": list(result.sources)} for result in self.results]
        kinds: dict[str, pa.DataType] = dict.fromkeys(Result.__dataclass_fields__, pa.float64())
        kinds |= result_kinds()
        return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))

    @property
    def summary(self) -> dict[str, Any]:
        """What a program reads: manifest, sentence, every result; infinite means not reached."""
        return {
            **self.manifest,
            "sentence": self.sentence,
            "baseline": self.baseline,
            "results": [vars(result) for result in self.results],
            "enrolled": [vars(fact) for fact in self.facts],
            **self._over_draws,
        }

    @property
    def _over_draws(self) -> dict[str, Any]:
        if self.headlines is None:
            return {}
        return {
            "over_draws": [one.record() for one in self.headlines.found],
            "not_told_over_draws": list(self.headlines.not_told),
        }

    @property
    def baseline(self) -> dict[str, float]:
        """Who enrolled: median age, and shares of women by what was known of their disease."""
        return self.enrolment.baseline.described()

    @property
    def baseline_sentence(self) -> str:
        """The same in words."""
        told = [
            f"{name} {value:.0f}" if "age" in name else f"{name} {percent(value)}"
            for name, value in self.baseline.items()
        ]
        return f"Simulated women who enrolled: {', '.join(told)}."

    @property
    def compared(self) -> list[Result]:
        """The published numbers that the model gives too."""
        return [result for result in self.results if result.inside is not None]

    @property
    def verdict(self) -> str:
        """How many of the published numbers the model gives, in one sentence."""
        compared = self.compared
        if not self.replicates.give_intervals:
            return (
                f"Fewer than {FEWEST_FOR_INTERVAL} replicates of the trial give no interval, so that "
                "nothing is compared."
            )
        if not compared:
            return "The trial is predicted only: no published number is there to compare with."
        inside = sum(bool(result.inside) for result in compared)
        return (
            f"{of_all(inside, len(compared), 'published number')} where 95 % of simulated trials of this "
            "size do."
        )

    @property
    def ratios_sentence(self) -> str:
        """The hazard ratios of all women in one sentence; empty without a comparison."""
        parts = []
        compared = {r.arm for r in self.results if r.endpoint in ("pfs_hr", "os_hr")}
        for curve, of in (("pfs", "for progression or death"), ("os", "for death")):
            for hr in self._main(f"{curve}_hr"):
                words = of if len(compared) == 1 else f"{of}, {hr.arm},"
                told = [] if hr.predicted_low is None else [f"95 % of trials {interval_words(hr)}"]
                told += [] if hr.published is None else [f"published {published_words(hr)}"]
                beside = f" ({', '.join(told)})" if told else ""
                parts.append(f"{words} {value_words(hr.mean, hr.unit)}{beside}")
        return f"Hazard ratio {listed(parts)}." if parts else ""

    def _main(self, endpoint: str) -> list[Result]:
        """The simulated results of an endpoint in all women, one a comparison, the first that is given."""
        found: dict[str, Result] = {}
        for r in self.results:
            if r.endpoint == endpoint and not r.among and not r.reason:
                found.setdefault(r.arm, r)
        return list(found.values())

    @property
    def sentence(self) -> str:
        """How many published numbers the model gives, and the hazard ratios of all women."""
        return f"{self.verdict} {self.ratios_sentence}".strip()

    @property
    def enrolled_sentence(self) -> str:
        """How many published facts on the women who enrol are met; empty where none was published."""
        return enrolled_sentence(self.facts)

    @property
    def role_sentence(self) -> str:
        """What agreement with this trial is worth."""
        if changed := changes_words(self.manifest.get("changed", {})):
            return f"Numbers were changed ({changed}): this is not the model as it was fitted and checked."
        return role_words(self.trial)

    @property
    def header(self) -> list[str]:
        """Heads of the columns of `rows` after the first; over draws the interval of chance stands apart."""
        over = ["95 % by chance alone", "95 % with parameters"]
        intervals = ["95 % of trials"] if self.headlines is None else over
        return ["published", "simulated", *intervals, "agrees"]

    def rows(self) -> dict[str, list[list[str]]]:
        """The results as text, by arm: the endpoint, and the columns of `header`."""
        sections: dict[str, list[list[str]]] = {}
        for r in self.results:
            row = [
                result_words(r),
                published_words(r) + (" *" if r.verified is False else ""),
                value_words(r.mean, r.unit),
                *([] if self.headlines is None else [chance_interval_words(r)]),
                interval_words(r),
                agrees_words(r),
            ]
            sections.setdefault(r.arm, []).append(row)
        return sections

    def __repr__(self) -> str:
        header = ["", *self.header]
        tables = [f"{arm}\n{text_table(header, rows)}" for arm, rows in self.rows().items()]
        if self.facts:
            tables.append(f"who enrols\n{text_table(HEADER, enrolled_rows(self.facts))}")
        told = filter(None, (self.sentence, self.enrolled_sentence))
        title = f"{self.trial.name}: {self.trial.description}"
        return "\n\n".join([title, self.baseline_sentence, *tables, " ".join(told)])
