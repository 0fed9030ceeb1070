"""The report of strategies compared: what its page says and draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog.overrides import changes_rows, changes_words
from seedsoil.display.page import Figure, page_html
from seedsoil.display.words import (
    listed,
    of_women,
    percent,
    span,
    whole,
    with_error,
)
from seedsoil.results.draws_section import draws_section
from seedsoil.results.shares import Share
from seedsoil.storage import write_whole
from seedsoil.strategies import charts
from seedsoil.strategies.comparison import FEWEST
from seedsoil.strategies.parameter_spread import parameters_sentence

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.catalog import Catalog
    from seedsoil.results.draws_section import Told
    from seedsoil.strategies.comparison import ComparisonData, Difference

# Measures of the comparison's table, in the two groups in which the page shows them.
LIVED = ("life_years", "qaly", "alive_1", "alive_3", "alive_5", "alive_10", "eradicated")
BORNE = ("lines", "years_on_treatment", "years_with_symptoms", "toxic_lines", "toxic_death")
FORESTS = (
    ("life_years", "Life years", "Life years more than under {reference}"),
    (
        "qaly",
        "Quality-adjusted life years",
        "Quality-adjusted life years more than under {reference}",
    ),
)


def write_comparison(
    comparison: ComparisonData,
    path: str | Path,
    draws: Told | None = None,
    catalog: Catalog | None = None,
) -> Path:
    """Write the comparison as one self-contained HTML file, whole or not at all; returns its path.

    `draws`: the same strategies over draws of the posterior, which get a section. `catalog`: the one that was
    compared with, if not the packaged one.

    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, comparison_html(comparison, draws, catalog))


def comparison_html(
    comparison: ComparisonData, draws: Told | None = None, catalog: Catalog | None = None
) -> str:
    """The page that `write_comparison` writes."""
    manifest = comparison.manifest
    return page_html(
        "strategies/page.html",
        names=listed(list(comparison.names)),
        reference=comparison.reference,
        simulated=whole(manifest["women"]),
        changed=changes_words(manifest.get("changed", {})),
        women=whole(comparison.women),
        manifest=manifest,
        sentence=comparison.sentence,
        parameters="" if draws is not None else parameters_sentence(comparison, catalog),
        survival=_survival(comparison),
        forests=[(title, _forest(comparison, key, axis)) for key, title, axis in FORESTS],
        draws=draws_section(draws),
        lived=_measures(comparison, LIVED),
        times=_times(comparison),
        borne=_measures(comparison, BORNE),
        symptoms=_symptoms(comparison),
        by=comparison.by,
        by_group=_by_group(comparison),
        fewest=FEWEST,
        made=[
            ("seed", manifest.get("seed")),
            ("women simulated", whole(manifest["women"])),
            ("screening", manifest.get("screening")),
            ("adjuvant therapy", manifest.get("adjuvant")),
            ("parameters, hash", manifest.get("parameters_hash")),
            *changes_rows(manifest),
        ],
    )


def _by_group(comparison: ComparisonData) -> list[tuple[str, Figure]]:
    """Survival in each group that has enough women for curves of its own."""
    return [
        (f"{group}, {of_women(women)}", _survival(comparison, group))
        for group, women in comparison.groups.items()
        if women >= FEWEST
    ]


def _survival(comparison: ComparisonData, group: str | None = None) -> Figure:
    rows = []
    for curve in charts.survival_by_strategy(comparison, group).curves:
        row = [curve.group, f"{span(curve.median[0])} ({curve.median_interval_words})"]
        row += [curve.share_words(year) for year in (1.0, 2.0, 5.0, 10.0)]
        rows.append(row)
    header = ["strategy", "median, years", "alive at 1", "at 2", "at 5", "at 10 years"]
    chart = charts.survival_chart(comparison, group)
    return Figure(chart, str(chart["description"]), header, rows)


def _forest(comparison: ComparisonData, measure: str, axis: str) -> Figure:
    rows = [
        [f"{d.group}, strategy {d.strategy}", _mean(d), d.interval_words]
        for d in charts.increments(comparison, measure)
    ]
    x_title = axis.format(reference=f"strategy {comparison.reference}")
    chart = charts.increments_chart(comparison, measure, x_title)
    header = ["", "mean ± error", "difference (95 % interval)"]
    return Figure(chart, str(chart["description"]), header, rows)


def _times(comparison: ComparisonData) -> Figure:
    rows = []
    for name in comparison.names:
        for kind, years, error in charts.mean_times(comparison, name):
            known = f"{years:.2f} ± {error:.2f}" if error > 0 else f"{years:.2f}" if years else "0"
            rows.append([f"strategy {name}, {kind}", known])
    chart = charts.time_chart(comparison)
    return Figure(chart, str(chart["description"]), ["", "mean years ± error"], rows)


def _symptoms(comparison: ComparisonData) -> dict[str, Any]:
    """Two tables by symptom: women who ever have it, and the years that they have it."""
    names = comparison.names
    found = {
        name: {(t.organ, t.symptom): t for t in comparison.courses[name].symptoms} for name in names
    }
    ever, years = [], []
    for organ, symptom in dict.fromkeys(key for name in names for key in found[name]):
        times = [found[name].get((organ, symptom)) for name in names]
        label = f"{symptom} ({organ})"
        ever.append([label, *("0 %" if t is None else percent(t.ever.value) for t in times)])
        years.append([label, *("0" if t is None else with_error(t.years, t.error) for t in times)])
    return {
        "ever_header": ["women who ever have it", *names],
        "ever": ever,
        "years_header": ["mean years with it ± error", *names],
        "years": years,
    }


def _measures(comparison: ComparisonData, keys: tuple[str, ...]) -> dict[str, Any]:
    """Two tables by measure: its means, and its differences from the reference."""
    means, differences = [], []
    for key in keys:
        own = [comparison.of(key, name) for name in comparison.names]
        measure = own[0].measure
        means.append([measure.label, *(_mean(d, comparison.women) for d in own)])
        differences.append([measure.difference_label, *(d.interval_words for d in own[1:])])
    known = " (95 % interval)" if comparison.women >= FEWEST else ""
    against = f"difference from strategy {comparison.reference}{known}"
    return {
        "means_header": ["mean ± error under strategy", *comparison.names],
        "means": means,
        "differences_header": [against, *comparison.names[1:]],
        "differences": differences,
    }


def _mean(d: Difference, women: int = 0) -> str:
    """A mean with its standard error; of `women` where a share may be nothing."""
    if d.measure.unit != "share":
        return f"{d.mean_words} ± {d.se:.2f}" if d.se > 0 else d.mean_words
    # none or all of so many women is not none or all: say what the share may be
    if d.mean in (0, 1):
        return Share(round(d.mean * women), women).words
    digits = 1 if d.mean >= 0.01 else 2
    return f"{percent(d.mean)} ± {100 * d.se:.{digits}f}" if d.se > 0 else percent(d.mean)
