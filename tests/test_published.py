"""Published numbers: what a rounded or bounded one stands for, its denominator, its own data cut."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from kernels import packaged
from seedsoil.catalog.published import Published
from seedsoil.errors import DataErrors
from seedsoil.trials.endpoints import Result
from seedsoil.trials.trial import trial
from seedsoil.trials.words import agrees_words, interval_words, published_words, result_words

if TYPE_CHECKING:
    from pathlib import Path


def entry(endpoint: str, value: float | str, **fields: Any) -> Published:
    return Published.model_validate(
        {"endpoint": endpoint, "value": value, "verified": True, **fields}
    )


# ---------------------------------------------------------------- rounding and bounds


@pytest.mark.parametrize("endpoint, value, limits", [
    ("pfs_hr", 0.58, (0.575, 0.585)),
    ("pfs_hr", 0.5, (0.495, 0.505)),  # two decimals at least
    ("os_hr", 0.956, (0.9555, 0.9565)),
    ("os_median", 29.0, (28.95, 29.05)),
    ("pfs_median", 28.18, (28.175, 28.185)),
    ("orr", 0.44, (0.435, 0.445)),
    ("orr", 0.553, (0.5525, 0.5535)),
    ("os_median", ">30", (30.0, math.inf)),
    ("os_median", "< 12.5", (-math.inf, 12.5)),
])  # fmt: skip
def test_what_a_published_number_stands_for(
    endpoint: str, value: float | str, limits: tuple[float, float]
) -> None:
    assert entry(endpoint, value).limits == pytest.approx(limits)


def told(published: Published, low: float, high: float) -> Result:
    first, last = published.limits
    return Result(
        arm="experimental", endpoint=published.endpoint, among="", unit=published.unit,
        published=published.value, low=None, high=None, verified=True, mean=low, error=None,
        predicted_low=low, predicted_high=high, inside=low <= last and first <= high, reason="",
        sources=(), note="", bound=published.bound or "", digits=published.digits, analysis="", cut=36.0,
    )  # fmt: skip


@pytest.mark.parametrize("endpoint, value, low, high, published, interval, agrees", [
    ("pfs_hr", 0.58, 0.5849, 0.7, "0.58", "0.58 to 0.70", "yes"),
    ("pfs_hr", 0.58, 0.5851, 0.7, "0.58", "0.59 to 0.70", "model higher"),
    # rounded to two decimals the interval would hold 0.584, which it does not
    ("pfs_hr", 0.584, 0.5849, 0.7, "0.584", "0.585 to 0.700", "model higher"),
    ("pfs_median", 24.8, 20.0, 24.76, "24.8", "20.0 to 24.8", "yes"),
    ("pfs_median", 24.8, 20.0, 24.74, "24.8", "20.0 to 24.7", "model lower"),
    ("orr", 0.44, 0.444, 0.5, "44\u00a0%", "44.4 to 50.0\u00a0%", "yes"),
    ("orr", 0.44, 0.446, 0.5, "44\u00a0%", "44.6 to 50.0\u00a0%", "model higher"),
    ("os_median", ">30", 20.0, math.inf, ">\u00a030.0", "20.0 to not reached", "yes"),
    ("os_median", ">30", 20.0, 29.0, ">\u00a030.0", "20.0 to 29.0", "model lower"),
])  # fmt: skip
def test_what_is_shown_agrees_with_the_verdict(
    endpoint: str, value: float | str, low: float, high: float, published: str, interval: str, agrees: str
) -> None:  # fmt: skip
    result = told(entry(endpoint, value), low, high)
    assert published_words(result) == published
    assert interval_words(result) == interval
    assert agrees_words(result) == agrees


# ---------------------------------------------------------------- denominators


def test_every_published_rate_states_its_denominator() -> None:
    """And the women that it counts are those of its subgroup with measurable disease, or all."""
    found = {"all": 0, "measurable": 0}
    for spec in packaged().trials.values():
        for arm in spec.arms:
            for one in arm.published:
                if one.endpoint not in ("orr", "orr_measurable", "cr", "pd_best", "dcr", "cbr"):
                    assert one.denominator is None
                    continue
                assert one.denominator is not None
                found[one.denominator] += 1
                if one.endpoint != "orr_measurable":
                    counted = one.counted.asked() if one.counted else {}
                    given = one.among_conditions().get("measurable")
                    assert counted.get("measurable", False) in (
                        one.denominator == "measurable", given
                    )  # fmt: skip
    assert min(found.values()) > 30


def test_trials_that_ask_for_measurable_disease() -> None:
    asking = {
        name
        for name, spec in packaged().trials.items()
        if all(group.measurable for group in (spec.eligible, *spec.or_eligible))
    }
    assert asking == {
        "ASCENT", "DESTINY-Breast04", "Ixabepilone 046", "KEYNOTE-355", "TROPiCS-02",
    }  # fmt: skip


TRIAL = """
name = "TEST-2"
year = 2024
role = "validation"
description = "one arm against another"
eligible = {{ subtype = ["HR+/HER2-"], menopause = "post", line = "1" }}
adjuvant = "2000s"
before = "2013-2016"
after = "2017-2021"
scan_weeks = 8
accrual_months = 18
follow_up_months = {months}
dropout = 0.03
hr_reference = "control"
[[arm]]
name = "experimental"
regimen = "palbociclib-letrozole"
n = 40
published = [{published}]
[[arm]]
name = "control"
regimen = "letrozole"
n = 40
[[comparison]]
endpoint = "pfs_hr"
value = 0.6
{ratio}
verified = true
"""


def text(months: float = 72, published: str = "", ratio: str = "") -> str:
    return TRIAL.format(months=months, published=published, ratio=ratio)


@pytest.mark.parametrize("published, ratio, words", [
    ('{ endpoint = "orr", value = 0.4, verified = true }', "", 'denominator is missing; "all" women'),
    ('{ endpoint = "orr_measurable", value = 0.4, denominator = "all", verified = true }', "",
     'denominator must be "measurable"'),
    ('{ endpoint = "cr", value = 0.1, denominator = "all", among = { measurable = true }, verified = true }',
     "", "denominator 'all' and among measurable = True disagree"),
    ('{ endpoint = "pfs_median", value = 9.0, denominator = "all", verified = true }', "",
     "only a rate of response has one"),
    ('{ endpoint = "pfs_median", value = 9.0, analysis = "adjusted", verified = true }', "",
     "only a hazard ratio is stratified"),
    ('{ endpoint = "pfs_median", value = "=9", verified = true }', "", "must be a number"),
    ('{ endpoint = "pfs_median", value = 9.0, follow_up_months = 12, verified = true }', "",
     "follow_up_months 12 ends before accrual does (18)"),
    ("", 'analysis = "crude"', "analysis 'crude' is not allowed"),
])  # fmt: skip
def test_errors_of_a_file(tmp_path: Path, published: str, ratio: str, words: str) -> None:
    from seedsoil.catalog.loader import load_trial

    path = tmp_path / "mine.toml"
    path.write_text(text(published=published, ratio=ratio), encoding="utf-8")
    with pytest.raises(DataErrors) as error:
        load_trial(path, packaged())
    assert words in str(error.value)


# ---------------------------------------------------------------- data cuts


def simulate(path: Path, written: str) -> dict[str, Result]:
    path.write_text(written, encoding="utf-8")
    found = trial(path, women=4000, replicates=40, threads=1, catalog=packaged())
    return {r.endpoint: r for r in found.results if r.arm != "control"}


def test_a_result_at_its_own_data_cut(tmp_path: Path) -> None:
    """It is that of the trial cut then, to the bit; the others are as they were."""
    path = tmp_path / "mine.toml"
    rate = '{{ endpoint = "orr", value = 0.4, denominator = "all", {}verified = true }}'
    early = simulate(path, text(24, rate.format("")))
    late = simulate(path, text(72, rate.format("")))
    both = simulate(
        path,
        text(72, rate.format("follow_up_months = 24, "),
             'follow_up_months = 24\nanalysis = "stratified"'),
    )  # fmt: skip
    for name in ("pfs_hr", "orr"):
        for field in ("mean", "error", "predicted_low", "predicted_high"):
            assert getattr(both[name], field) == getattr(early[name], field), (name, field)
        assert both[name].cut == 24.0
    assert both["pfs_hr"].mean != late["pfs_hr"].mean
    assert both["os_hr"].mean == late["os_hr"].mean
    assert both["os_hr"].cut == 72.0
    assert result_words(both["pfs_hr"]) == "PFS, hazard ratio, stratified"
    assert result_words(both["os_hr"]) == "OS, hazard ratio"
