"""Quality-adjusted survival: examples by hand, the sum over a fine grid, and what must always hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seedsoil as ss
from seedsoil.catalog import Catalog, load
from seedsoil.errors import InputError
from seedsoil.results.quality import lloyd_utility, quality_adjusted_years
from seedsoil.vocabulary import SYMPTOM_KEYS

NAMES = tuple(name.partition(".")[2].replace("_", " ") for name in SYMPTOM_KEYS)
SIMPLE = {
    "utility.before_metastasis": 0.9,
    "utility.stable": 0.8,
    "utility.response": 0.88,
    "utility.progressed": 0.6,
    "utility.grade3": 0.5,
    "utility.grade3_weeks": 0.25 * 365.25 / 7,
    **{f"utility.symptom:{name}": 0.75 for name in SYMPTOM_KEYS},
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


@pytest.fixture(scope="module")
def simple(catalog: Catalog) -> Catalog:
    """Stable 0.8, response 0.88 (1.1 times), progressed 0.6 (0.75 times), symptoms 0.75, toxic 0.5."""
    return catalog.with_values(SIMPLE)


@pytest.fixture(scope="module")
def ones(catalog: Catalog) -> Catalog:
    return catalog.with_values({n: 1.0 for n in SIMPLE if n != "utility.grade3_weeks"})


def women(*rows: tuple[int, float | None, float]) -> pa.Table:
    """(number, metastatic_at, died_at) of each."""
    patient, found, died = zip(*rows, strict=True)
    return pa.table(
        {
            "patient": pa.array(patient, pa.int64()),
            "metastatic_at": pa.array(found, pa.float64()),
            "died_at": pa.array(died, pa.float64()),
        }
    )


def therapy(*rows: tuple[int, int, float, float | None, float | None, bool]) -> pa.Table:
    """(patient, line, started_at, responded_at, progressed_at, toxicity) of each."""
    names = ("patient", "line", "started_at", "responded_at", "progressed_at", "toxicity")
    kinds = (pa.int64(), pa.int32(), pa.float64(), pa.float64(), pa.float64(), pa.bool_())
    columns = zip(*rows, strict=True) if rows else [()] * 6
    return pa.table(
        {n: pa.array(list(c), k) for n, k, c in zip(names, kinds, columns, strict=True)}
    )


def suffering(*rows: tuple[int, str, float, float | None]) -> pa.Table:
    """(patient, symptom, onset_at, resolved_at) of each."""
    names = ("patient", "symptom", "onset_at", "resolved_at")
    kinds = (pa.int64(), pa.string(), pa.float64(), pa.float64())
    columns = zip(*rows, strict=True) if rows else [()] * 4
    return pa.table(
        {n: pa.array(list(c), k) for n, k, c in zip(names, kinds, columns, strict=True)}
    )


def test_a_life_by_hand(simple: Catalog) -> None:
    """Stable 1 y, response 1 y, progression; a second line responds; toxic a quarter; pain half a year."""
    patients = women((7, 2.0, 8.0))
    lines = therapy((7, 2, 5.0, 5.5, 6.5, False), (7, 1, 2.0, 3.0, 4.0, True))
    symptoms = suffering((7, "pain", 3.5, 4.0), (7, "lump", 7.0, None))
    found = quality_adjusted_years(patients, lines, symptoms, simple)
    first = 0.25 * 0.8 * 0.5 + 0.75 * 0.8  # 2-3, the first quarter toxic
    second = 0.5 * 0.88 + 0.5 * 0.88 * 0.75  # 3-4, pain in its second half
    after = 1.5 * 0.6 + 1.0 * 0.6 * 1.1 + 0.5 * 0.6 + 1.0 * 0.6 * 0.75  # 4-8
    assert found[0] == pytest.approx(first + second + after, abs=1e-12)
    added = quality_adjusted_years(patients, lines, symptoms, simple, combine="additive")
    by_sum = first + 0.5 * 0.88 + 0.5 * (0.88 - 0.2)
    by_sum += 1.5 * 0.6 + (0.6 + 0.08) + 0.5 * 0.6 + (0.6 - 0.2)
    assert added[0] == pytest.approx(by_sum, abs=1e-12)


def test_response_ends_with_the_line_when_it_did_not_progress(simple: Catalog) -> None:
    lines = therapy((1, 1, 0.0, 1.0, None, False), (1, 2, 3.0, None, None, False))
    found = quality_adjusted_years(women((1, 0.0, 5.0)), lines, suffering(), simple)
    assert found[0] == pytest.approx(0.8 + 2 * 0.88 + 2 * 0.8, abs=1e-12)


def test_before_metastasis_and_without_it(simple: Catalog) -> None:
    patients = women((4, 3.0, 5.0), (2, None, 10.0), (9, 1.0, 1.0))
    nothing = suffering()
    whole = quality_adjusted_years(patients, None, nothing, simple, origin="diagnosis")
    assert whole == pytest.approx([3 * 0.9 + 2 * 0.8, 9.0, 0.9], abs=1e-12)
    known = quality_adjusted_years(patients, None, nothing, simple)
    assert known[0] == pytest.approx(1.6, abs=1e-12)
    assert math.isnan(known[1])
    assert known[2] == 0.0  # found only at death


def test_symptoms_are_cut_to_the_years_that_count(simple: Catalog) -> None:
    patients = women((1, 2.0, 4.0))
    symptoms = suffering((1, "pain", 1.0, 3.0), (5, "pain", 2.0, None), (1, "seizure", 4.5, None))
    found = quality_adjusted_years(patients, None, symptoms, simple)
    assert found[0] == pytest.approx(0.6 + 0.8, abs=1e-12)
    # The same symptom told twice does not count twice.
    twice = suffering((1, "pain", 1.0, 3.0), (1, "pain", 2.5, 3.0))
    assert quality_adjusted_years(patients, None, twice, simple)[0] == pytest.approx(1.4)


@pytest.mark.parametrize("rate", [0.03, 0.035, 1e-12])
def test_discounting_in_closed_form(simple: Catalog, rate: float) -> None:
    """0.8 for two years, then 0.6 for three: by quadrature of u (1+d)^-t, 1e-9."""
    lines = therapy((1, 1, 5.0, None, 7.0, False))
    found = quality_adjusted_years(women((1, 5.0, 10.0)), lines, suffering(), simple, discount=rate)
    r = math.log1p(rate)
    by_hand = 0.8 * -math.expm1(-2 * r) / r + 0.6 * math.exp(-2 * r) * -math.expm1(-3 * r) / r
    assert found[0] == pytest.approx(by_hand, rel=1e-12)
    t = (np.arange(500_000) + 0.5) / 1e5
    grid = np.where(t < 2, 0.8, 0.6) * (1 + rate) ** -t
    assert found[0] == pytest.approx(grid.mean() * 5, rel=1e-9)


@pytest.fixture(scope="module")
def cohort() -> ss.Run:
    return ss.simulate(women=6_000, seed=9, strategy="untreated", adjuvant="none")


def test_utilities_one_without_discount_give_life_years(ones: Catalog, cohort: ss.Run) -> None:
    """Simulated women, two blocks of them: QALY = LY to 1e-12."""
    lines = therapy(*((p, 1, 0.1, 0.2, 0.3, True) for p in range(6_000)))
    table = cohort.patients.to_pandas()
    found = quality_adjusted_years(
        cohort.patients, lines, cohort.symptoms, ones, origin="diagnosis"
    )
    assert np.max(np.abs(found - table.died_at)) < 1e-12
    known = quality_adjusted_years(cohort.patients, lines, cohort.symptoms, ones)
    years = table.died_at - table.metastatic_at
    assert np.array_equal(np.isnan(known), years.isna())
    assert np.nanmax(np.abs(known - years)) < 1e-12


def by_grid(table: dict[str, Any], steps: int = 4096) -> float:
    """∫ u by the midpoint rule for one woman all of whose times are multiples of 1/64 year."""
    t = (np.arange(steps) + 0.5) / 256
    inside = (t > table["found"]) & (t < table["died"])
    u = np.full(steps, 0.8)
    for start, end in table["pain"]:
        u[(t > start) & (t < end)] *= 0.75
    if table["progressed"] is not None:
        u[t > table["progressed"]] *= 0.75
    if table["responded"] is not None:
        end = table["progressed"] if table["progressed"] is not None else np.inf
        u[(t > table["responded"]) & (t < end)] *= 1.1
    return float((u * inside).sum() / 256)


times = st.integers(0, 1000).map(lambda k: k / 64)


@st.composite
def lives(draw: Any) -> dict[str, Any]:
    found, died = sorted((draw(times), draw(times)))
    line = sorted(draw(times) for _ in range(2))
    pain = sorted(draw(times) for _ in range(2 * draw(st.integers(0, 2))))
    return {
        "found": found,
        "died": died,
        "responded": draw(st.sampled_from([line[0], None])),
        "progressed": draw(st.sampled_from([line[1], None])),
        "pain": list(zip(pain[::2], pain[1::2], strict=True)),
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(lives(), min_size=1, max_size=5), st.data())
def test_any_life(simple: Catalog, told: list[dict[str, Any]], data: Any) -> None:
    """The exact integral is the sum over a grid finer than all events; it stays within 0 and LY, a further
    symptom never adds, a discount never adds, and one woman's does not depend on another's."""
    patients = women(*((i, w["found"], w["died"]) for i, w in enumerate(told)))
    lines = therapy(
        *((i, 1, w["found"], w["responded"], w["progressed"], False) for i, w in enumerate(told))
    )
    rows = [(i, "pain", a, b) for i, w in enumerate(told) for a, b in w["pain"]]
    symptoms = suffering(*rows)
    found = quality_adjusted_years(patients, lines, symptoms, simple)
    assert found == pytest.approx([by_grid(w) for w in told], abs=1e-9)
    years = np.array([w["died"] - w["found"] for w in told])
    assert np.all(found >= 0)
    assert np.all(found <= years + 1e-12)
    one = data.draw(st.integers(0, len(told) - 1))
    new = (one, data.draw(st.sampled_from(NAMES)), data.draw(times), data.draw(times | st.none()))
    worse = quality_adjusted_years(patients, lines, suffering(*rows, new), simple)
    assert worse[one] <= found[one] + 1e-12
    others = np.arange(len(told)) != one
    assert worse[others] == pytest.approx(found[others], abs=1e-12)
    less = quality_adjusted_years(patients, lines, symptoms, simple, discount=0.03)
    assert np.all(less <= found + 1e-12)
    alone = quality_adjusted_years(patients.slice(one, 1), lines, symptoms, simple)
    assert alone[0] == pytest.approx(found[one], abs=1e-12)


def test_tables_of_a_run_and_of_pandas_agree(catalog: Catalog, cohort: ss.Run) -> None:
    """Dictionary columns and text columns, and lines in any order."""
    lines = therapy(
        *((p, k, 0.1 * k, None, 0.1 * k + 0.05, False) for p in range(60) for k in (1, 2))
    )
    given = quality_adjusted_years(cohort.patients, lines, cohort.symptoms, catalog)
    text = pa.Table.from_pandas(cohort.symptoms.to_pandas().astype({"symptom": str}))
    shuffled = pa.Table.from_pandas(lines.to_pandas().sample(frac=1, random_state=1))
    same = quality_adjusted_years(cohort.patients, shuffled, text, catalog)
    assert np.array_equal(given, same, equal_nan=True)
    assert pd.Series(given).notna().sum() == cohort.patients.to_pandas().metastatic_at.notna().sum()


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"origin": "metastasis"}, "did you mean 'metastatic'"),
        ({"combine": "minimum"}, "'multiplicative', 'additive'"),
        ({"discount": -0.01}, "discount=-0.01"),
        ({"discount": math.nan}, "discount=nan"),
        ({"discount": 3.5}, "discount=3.5: must be a rate a year from 0 to 1"),
    ],
)
def test_wrong_arguments_are_refused(simple: Catalog, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        quality_adjusted_years(women((1, 0.0, 1.0)), None, suffering(), simple, **wrong)


def test_an_unknown_symptom_is_named(simple: Catalog) -> None:
    with pytest.raises(InputError, match="did you mean 'seizure'"):
        quality_adjusted_years(
            women((1, 0.0, 1.0)), None, suffering((1, "seizures", 0.5, None)), simple
        )


def test_the_regression_gives_what_was_published(catalog: Catalog) -> None:
    """Lloyd 2006: states and decrements as printed, to three and to two or three places."""
    stable = lloyd_utility(catalog)
    assert stable == pytest.approx(0.715, abs=5e-4)
    assert lloyd_utility(catalog, response=True) == pytest.approx(0.790, abs=5e-4)
    assert lloyd_utility(catalog, progression=True) == pytest.approx(0.443, abs=5e-4)
    published = {
        "febrile_neutropenia": 0.150, "diarrhoea_vomiting": 0.103, "hand_foot": 0.116,
        "stomatitis": 0.151, "fatigue": 0.115, "hair_loss": 0.114,
    }  # fmt: skip
    for name, decrement in published.items():
        taken = stable - lloyd_utility(catalog, toxicities=[name])
        assert taken == pytest.approx(decrement, abs=6e-4)
    assert catalog.value("utility.stable") == pytest.approx(stable, abs=5e-4)
    assert catalog.value("utility.response") == pytest.approx(
        lloyd_utility(catalog, response=True), abs=5e-4
    )
    half = 0.5 * (stable + lloyd_utility(catalog, progression=True))
    assert catalog.value("utility.progressed") == pytest.approx(half, abs=5e-4)
    with pytest.raises(InputError, match="did you mean 'hand_foot'"):
        lloyd_utility(catalog, toxicities=["hand_feet"])
