"""The page docs/published-values.md: published cost-effectiveness results beside the model's.

    python scripts/published_values.py              simulates (minutes), stores, writes the page
    python scripts/published_values.py --page       writes the page from what is stored
    python scripts/published_values.py --most 20000 fewer women, for a look

The simulated values are kept in docs/published-values.json; tests/test_published_values.py compares the
page with them. Nothing in the model is fitted to what is published here.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from seedsoil._version import __version__
from seedsoil.catalog import load
from seedsoil.display.markdown import markdown_table
from seedsoil.display.words import listed, of_women, whole
from seedsoil.economics.published_values import (
    AGREES,
    FACTOR,
    HIGHER,
    LOWER,
    NOT_TOLD,
    Simulated,
    simulate_comparison,
    verdict,
    view_of,
)
from seedsoil.errors import InputError
from seedsoil.simulation.shards import check_cohort

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.catalog import Catalog
    from seedsoil.catalog.cost_effectiveness import Comparison, PublishedValue

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "published-values.md"
TEMPLATE = Path(__file__).with_suffix(".md")
STORED = ROOT / "docs" / "published-values.json"
ENOUGH, MOST, SEED = 4_000, 150_000, 1
EFFECTS = ["result", "life years", "model", "agrees", "QALYs", "model", "agrees"]
MONEY = ["result", "money", "cost", "model", "agrees", "cost of a QALY", "model (95 %)", "agrees"]
ORDER = {HIGHER: 0, LOWER: 0, NOT_TOLD: 1, AGREES: 2, None: 3}
"""Differences come first."""

Row = tuple[str, "PublishedValue", Simulated]
"""The name of a comparison, a published result of it, and what was simulated."""


def simulated(
    comparisons: Mapping[str, Comparison], catalog: Catalog, *, enough: int, most: int, threads: int
) -> dict[str, Any]:
    """What is stored: how it was made, and by comparison and view the simulated values."""
    found: dict[str, Any] = {}
    for name, comparison in comparisons.items():
        if comparison.outside is None:
            views = simulate_comparison(
                comparison, catalog=catalog, enough=enough, most=most, seed=SEED, threads=threads
            )
            found[name] = {key: asdict(value) for key, value in views.items()}
            print(f"{name}: {whole(next(iter(views.values())).women)} women", flush=True)
    made = {"seedsoil": __version__, "parameters_hash": catalog.hash(), "seed": SEED}
    return {"made": {**made, "enough": enough, "most": most}, "comparisons": found}


def page(stored: Mapping[str, Any], comparisons: Mapping[str, Comparison]) -> str:
    """The text of the page."""
    rows: list[Row] = [
        (name, result, Simulated(**stored["comparisons"][name][view_of(result).key]))
        for name, comparison in comparisons.items()
        if comparison.outside is None
        for result in comparison.result
    ]
    made = stored["made"]
    outside = [
        f"- {one.description} ({_studies(one)}): {one.outside}."
        for one in comparisons.values()
        if one.outside is not None
    ]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        summary=_summary(rows),
        factor=f"{FACTOR:g}",
        effects="\n".join(markdown_table(EFFECTS, _effects(rows))),
        money="\n".join(markdown_table(MONEY, _money(rows))),
        told="\n".join(
            _told(name, one, stored) for name, one in comparisons.items() if one.outside is None
        ),
        outside="\n".join(outside),
        version=made["seedsoil"],
        seed=made["seed"],
        hash=made["parameters_hash"][:12],
        enough=whole(made["enough"]),
        most=whole(made["most"]),
    )


def _verdict_of_years(result: PublishedValue, found: Simulated) -> str | None:
    """Of life years, which may have been discounted or not."""
    told = [
        verdict(result.life_years, *found.values[k])
        for k in ("life_years", "discounted_life_years")
    ]
    if told[0] is None:
        return None
    return AGREES if AGREES in told or {HIGHER, LOWER} <= set(told) else told[0]


def _verdict_of_ratio(result: PublishedValue, found: Simulated) -> str | None:
    value, low, high = found.icer
    if result.icer is None or found.currency is None:
        return None
    if value is None or low is None or high is None:
        return NOT_TOLD
    if found.currency != result.currency:
        return None
    if high < result.icer / FACTOR:
        return LOWER
    return HIGHER if low > result.icer * FACTOR else AGREES


def _cost_verdict(result: PublishedValue, found: Simulated) -> str | None:
    if found.currency is None or found.currency != result.currency:
        return None
    return verdict(result.cost, *found.values["cost"])


def _summary(rows: list[Row]) -> str:
    parts = []
    for what, judge in (
        ("gains in QALYs", lambda r, s: verdict(r.qalys, *s.values["qalys"])),
        ("gains in life years", _verdict_of_years),
        ("costs", _cost_verdict),
        ("costs of a QALY", _verdict_of_ratio),
    ):
        told = [v for _, r, s in rows if (v := judge(r, s)) is not None]
        parts.append(f"{told.count(AGREES)} of {len(told)} {what}")
    return f"Of what can be compared agree {listed(parts)}."


def _sorted(rows: list[tuple[Any, float, list[str]]]) -> list[list[str]]:
    return [cells for _, _, cells in sorted(rows, key=lambda row: row[:2])]


def _name(key: str, result: PublishedValue) -> str:
    where = "" if result.country in result.study else f" ({result.country})"
    mark = "" if result.verified else r" \*"
    return f"{result.study}{mark}{where}: `{key}`"


def _effects(rows: list[Row]) -> list[list[str]]:
    found = []
    for name, r, s in rows:
        if r.qalys is None and r.life_years is None:
            continue
        qalys, years = verdict(r.qalys, *s.values["qalys"]), _verdict_of_years(r, s)
        (ly, ly_se), (short, _) = s.values["life_years"], s.values["discounted_life_years"]
        q, q_se = s.values["qalys"]
        cells = [
            _name(name, r), _number(r.life_years, 2), f"{ly:.2f} ± {ly_se:.2f} ({short:.2f})",
            years or "–", _number(r.qalys, 2), f"{q:.2f} ± {q_se:.2f}", qalys or "–",
        ]  # fmt: skip
        key = min(ORDER[qalys], ORDER[years])
        found.append((key, -_apart(r.qalys, q, r.life_years, ly), cells))
    return _sorted(found)


def _money(rows: list[Row]) -> list[list[str]]:
    found = []
    for name, r, s in rows:
        if s.currency is None or s.currency != r.currency:
            continue
        cost, ratio = _cost_verdict(r, s), _verdict_of_ratio(r, s)
        c, c_se = s.values["cost"]
        value, low, high = s.icer
        told = "–" if value is None else f"{value:,.0f}"
        if low is not None and high is not None:
            told += f" ({low:,.0f} to {high:,.0f})"
        cells = [
            _name(name, r), f"{s.currency} of {s.price_year}", _number(r.cost, 0),
            f"{c:,.0f} ± {c_se:,.0f}", cost or "–", _number(r.icer, 0), told, ratio or "–",
        ]  # fmt: skip
        key = min(ORDER[cost], ORDER[ratio])
        found.append((key, -_apart(r.cost, c, r.icer, value), cells))
    return _sorted(found)


def _apart(*pairs: float | None) -> float:
    """How many times the published and the simulated value differ, at most."""
    found = [1.0]
    for published, value in zip(pairs[::2], pairs[1::2], strict=True):
        if published and value and value > 0:
            found.append(max(value / published, published / value))
    return max(found)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _studies(comparison: Comparison) -> str:
    told = []
    for one in comparison.result:
        values = [
            f"{value:,g} {unit}"
            for value, unit in (
                (one.life_years, "life years"),
                (one.qalys, "QALYs"),
                (one.icer, f"{one.currency} a QALY"),
            )
            if value is not None
        ]
        told.append(f"{one.study}{f', {chr(44).join(values)}' if values else ''}")
    return "; ".join(told)


def _told(name: str, comparison: Comparison, stored: Mapping[str, Any]) -> str:
    views = {key: Simulated(**one) for key, one in stored["comparisons"][name].items()}
    first = next(iter(views.values()))
    (new, new_se), (old, old_se) = (first.values[f"life_years_{arm}"] for arm in ("new", "old"))
    horizon = "" if comparison.horizon is None else f", within {comparison.horizon:g} years"
    lived = f"{new:.2f} ± {new_se:.2f} against {old:.2f} ± {old_se:.2f} years from it{horizon}"
    title = comparison.description[:1].upper() + comparison.description[1:]
    who = f"{whole(first.women)} of {of_women(first.simulated, 'simulated')} come to the line"
    (gain, gain_se), key = first.values["qalys"], next(iter(views))
    lived += f", a gain of {gain:.2f} ± {gain_se:.2f} QALYs ({key})"
    how = f"counted as {'; '.join(views)}. Other lines as in `{comparison.base}`."
    lines = [
        f"`{name}`: **{title}.** {who} and live {lived}; {how} {comparison.note}".rstrip(),
        "",
        *(f"- {one.study}: {one.source}. {one.note}".rstrip() for one in comparison.result),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Simulate, store and write, or write alone."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--page", action="store_true", help="write the page from what is stored")
    parser.add_argument(
        "--enough", type=int, default=ENOUGH, help=f"women at the line ({ENOUGH:,})"
    )
    parser.add_argument(
        "--most", type=int, default=MOST, help=f"women simulated at most ({MOST:,})"
    )
    parser.add_argument("--threads", type=int, default=None, help="all cores")
    asked = parser.parse_args()
    catalog = load()
    comparisons = catalog.costs.published
    if not asked.page:
        if min(asked.enough, asked.most) < 2:
            parser.error("--enough and --most: 2 or more")
        stored = simulated(
            comparisons, catalog, enough=asked.enough, most=asked.most,
            threads=check_cohort(asked.most, SEED, 0, asked.threads),
        )  # fmt: skip
        STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    told = page(json.loads(STORED.read_text(encoding="utf-8")), comparisons)
    PAGE.write_text(told, encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        raise SystemExit(f"published_values: {error}") from error
