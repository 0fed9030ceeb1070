"""Results against other libraries, against plain loops over the tables, and against known answers.

Tests of random quantities use fixed seeds; where a margin is in standard errors z, the false-alarm
rate for a new seed would be 2·Φ(-z): 6e-5 at z = 4.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedsoil.display.words import percent, percent_interval, whole, with_error
from seedsoil.errors import InputError
from seedsoil.results.columns import codes, rows_of
from seedsoil.results.cure import cure, fit_mixture_cure, relative_survival_cure_fraction
from seedsoil.results.incidence import incidence
from seedsoil.results.intervals import rule_of_three, wilson
from seedsoil.results.organs import organs
from seedsoil.results.presentation import presentation
from seedsoil.results.survival import complete_curve, survival
from seedsoil.run.treatment_sections import found_at_death
from synthetic import FLOW, ORGANS, SUBTYPES, SyntheticRun, synthetic_run


@pytest.fixture(scope="module")
def run() -> SyntheticRun:
    return synthetic_run(3000, seed=5)


@pytest.fixture(scope="module")
def women(run: SyntheticRun):
    return run.patients.to_pandas()


def shuffled(run: SyntheticRun, seed: int = 0) -> SyntheticRun:
    """The same run with the rows of every table in another order."""
    rng = np.random.default_rng(seed)
    tables = [
        t.take(rng.permutation(t.num_rows)) for t in (run.patients, run.lesions, run.symptoms)
    ]
    return SyntheticRun(*tables, manifest=run.manifest)


# --- columns -----------------------------------------------------------------------------------


def test_codes_of_chunks_with_different_dictionaries_and_nulls():
    chunks = [pa.array(["b", None, "a"]).dictionary_encode(), pa.array(["c"]).dictionary_encode()]
    table = pa.table({"x": pa.chunked_array(chunks)})
    values, names = codes(table, "x", ("a", "z"))
    assert [names[v] if v >= 0 else None for v in values] == ["b", None, "a", "c"]
    assert names[:2] == ["a", "z"]


def test_codes_of_plain_text_and_of_an_empty_column():
    assert codes(pa.table({"x": ["q", "p"]}), "x", ("p",))[0].tolist() == [1, 0]
    assert codes(pa.table({"x": pa.array([], pa.string())}), "x", ("p",))[0].size == 0


def test_rows_of_women_numbered_with_gaps_or_not_from_zero():
    for own in ([7, 8, 9], [3, 11, 5], [4]):
        table = pa.table({"patient": own})
        found = rows_of(table, np.array([*own, 100, -1]))
        assert found.tolist() == [*range(len(own)), -1, -1]


# --- survival ----------------------------------------------------------------------------------


def test_complete_survival_is_that_of_scipy_and_lifelines(run, women):
    from lifelines import KaplanMeierFitter
    from scipy.stats import ecdf

    for curve in survival(run, by="subtype").curves:
        died = women.died_at[women.subtype == curve.group].to_numpy()
        other = ecdf(died).sf
        assert curve.time[1:] == pytest.approx(other.quantiles)
        assert curve.survival[1:] == pytest.approx(other.probabilities, abs=1e-12)
        with pytest.warns(RuntimeWarning, match="undefined"):
            limits = other.confidence_interval(method="log-log")
        inner = slice(1, -1)  # at S = 0 scipy gives no interval
        assert curve.lower[inner] == pytest.approx(limits.low.probabilities[:-1], abs=1e-9)
        assert curve.upper[inner] == pytest.approx(limits.high.probabilities[:-1], abs=1e-9)
        fitted = KaplanMeierFitter().fit(died)
        # The first time by which half have died; lifelines may miss 0.5 by its rounding.
        assert curve.median[0] == np.sort(died)[(died.size + 1) // 2 - 1]
        times = np.array([1.0, 5.0, 20.0])
        assert [curve.at(t)[0] for t in times] == pytest.approx(list(fitted.predict(times)))


def test_ties_and_a_woman_alone():
    curve = complete_curve("x", np.array([2.0, 2.0, 1.0, 3.0]))
    assert curve.time.tolist() == [0, 1, 2, 3]
    assert curve.survival.tolist() == [1, 0.75, 0.25, 0]
    assert curve.at_risk(np.array([0.0, 1.0, 1.5, 2.0, 3.0, 4.0])) == [4, 4, 3, 3, 1, 0]
    assert complete_curve("x", np.array([2.0])).median[0] == 2.0


def test_net_survival_is_that_of_lifelines(run, women):
    from lifelines import KaplanMeierFitter

    found = survival(run, since="metastasis", cause="breast cancer").curves[0]
    metastatic = women[women.presentation != "none"]
    time = metastatic.died_at - metastatic.metastatic_at
    fitted = KaplanMeierFitter().fit(time, metastatic.cause_of_death == "breast cancer")
    times = np.array([0.5, 1.0, 2.0, 5.0])
    assert [found.at(t)[0] for t in times] == pytest.approx(list(fitted.predict(times)))
    interval = fitted.confidence_interval_.reindex(times, method="ffill").to_numpy()
    assert [list(found.at(t)[1:]) for t in times] == pytest.approx(interval, abs=1e-6)


def test_net_survival_of_women_none_of_whom_died_of_it(run):
    keep = run.patients.filter(pa.compute.equal(run.patients["outcome"], "no spread"))
    found = survival(dataclasses.replace(run, patients=keep), cause="breast cancer")
    assert found.curves[0].survival.tolist() == [1.0]
    assert found.curves[0].median[0] == math.inf
    assert "not reached" in found.sentence


def test_thinned_curve_is_drawn_as_the_whole_one(run):
    whole = survival(run).curves[0]
    horizon = survival(run).horizon
    thin = whole.thinned(horizon)
    assert thin.time.size <= 400 < whole.time.size
    assert set(thin.survival) <= set(whole.survival)
    # Compare as drawn: no point of the curve is further than 1 % of the plot from the thin one.
    at = np.linspace(0, horizon, 5000)
    drawn = thin.survival[np.searchsorted(thin.time, at, side="right") - 1]
    true = whole.survival[np.searchsorted(whole.time, at, side="right") - 1]
    assert np.max(np.abs(drawn - true)) < 0.01


def test_survival_tables(run):
    found = survival(run, by="n_stage")
    at_risk = found.at_risk().to_pandas()
    assert at_risk.groupby("group").at_risk.first().sum() == run.patients.num_rows
    assert at_risk.groupby("group").at_risk.apply(lambda n: (np.diff(n) <= 0).all()).all()
    assert set(found.medians().column_names) == {"group", "women", "median_years", "lower", "upper"}
    table = found.table().to_pandas()
    assert ((table.lower <= table.survival) & (table.survival <= table.upper)).all()


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"by": "subtypes"}, "did you mean 'subtype'?"),
        ({"since": "metastases"}, "did you mean 'metastasis'?"),
        ({"cause": "cancer"}, "'breast cancer'"),
    ],
)
def test_survival_names_what_is_allowed(run, arguments, words):
    with pytest.raises(InputError, match=r"must be one of|divided by one of") as caught:
        survival(run, **arguments)
    assert words in str(caught.value)


# --- incidence ---------------------------------------------------------------------------------


def test_incidence_is_the_aalen_johansen_estimate(run, women):
    from lifelines import AalenJohansenFitter

    at_risk = women[women.presentation != "de novo"]
    time = at_risk.metastatic_at.fillna(at_risk.died_at)
    event = np.where(at_risk.presentation == "recurrent", 1, 2)
    fitted = AalenJohansenFitter(calculate_variance=False, seed=0).fit(time, event, 1)
    times = np.array([1.0, 5.0, 10.0, 20.0])
    expected = [fitted.cumulative_density_.loc[:t].iloc[-1, 0] for t in times]
    assert incidence(run).curves[0].share(times) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("event", ["distant", "locoregional", "any"])
def test_incidence_and_hazard_by_a_plain_loop(run, women, event):
    found = incidence(run, event=event, by="subtype")
    assert [curve.group for curve in found.curves] == SUBTYPES
    edges = (0.0, 2.0, 5.0, 25.0)
    hazards = found.hazards(edges).to_pylist()
    table = found.table([3.0, 8.0]).to_pylist()
    for subtype in SUBTYPES:
        count = dict.fromkeys([3.0, 8.0], 0)
        risk = dict.fromkeys([3.0, 8.0], 0)
        events, lived, n = np.zeros(3), np.zeros(3), 0
        for woman in women[
            (women.subtype == subtype) & (women.presentation != "de novo")
        ].itertuples():
            n += 1
            distant = woman.metastatic_at if woman.presentation == "recurrent" else math.inf
            local = math.inf if math.isnan(woman.locoregional_at) else woman.locoregional_at
            time = {"distant": distant, "locoregional": local, "any": min(distant, local)}[event]
            left = min(time, woman.died_at)
            for t in count:
                count[t] += time <= t
                risk[t] += left >= t
            for i in range(3):
                events[i] += edges[i] < time <= edges[i + 1]
                lived[i] += max(0.0, min(left, edges[i + 1]) - edges[i])
        rows = [row for row in table if row["group"] == subtype]
        for row in rows:
            share = count[row["time_years"]] / n
            assert row["incidence"] == pytest.approx(share)
            assert row["standard_error"] == pytest.approx(math.sqrt(share * (1 - share) / n))
            assert row["lower"] <= share <= row["upper"]
            assert row["at_risk"] == risk[row["time_years"]]
        rows = [row for row in hazards if row["group"] == subtype]
        assert [row["events"] for row in rows] == events.tolist()
        assert [row["woman_years"] for row in rows] == pytest.approx(lived)


def test_incidence_by_stage_leaves_out_women_metastatic_at_diagnosis(run):
    assert [curve.group for curve in incidence(run, by="stage").curves] == ["localized", "regional"]


def test_incidence_names_what_is_allowed(run):
    with pytest.raises(InputError, match="did you mean 'distant'"):
        incidence(run, event="distnt")


# --- organs ------------------------------------------------------------------------------------


def test_organs_by_a_plain_loop(run, women):
    found = organs(run)
    metastatic = women[women.presentation != "none"]
    for row in found.involvement().to_pylist():
        group = metastatic
        if row["division"] != "all":
            group = metastatic[metastatic[row["division"]] == row["group"]]
        assert row["women"] == len(group)
        assert row["involved"] == int((group[row["organ"]] == True).sum())  # noqa: E712

    lesions, symptoms = run.lesions.to_pandas(), run.symptoms.to_pandas()
    revealed: dict[str, list[float]] = {organ: [] for organ in ORGANS}
    routes = dict.fromkeys(ORGANS, 0)
    for woman in metastatic.itertuples():
        own = lesions[lesions.patient == woman.patient]
        if woman.found_by == "symptoms":
            felt = symptoms[symptoms.patient == woman.patient]
            number = felt[felt.symptom == woman.first_symptom].lesion.iloc[0]
            lesion = own[own.lesion == number].iloc[0]
        else:
            seen = own[(own.visible_at <= woman.metastatic_at) & (own.organ != "node")]
            lesion = seen.sort_values("visible_at").iloc[0]
        revealed[lesion.organ].append(woman.metastatic_at)
        routes[lesion.organ] += lesion.route == "lymph"
    for organ in ORGANS:
        assert found.times[organ].tolist() == sorted(revealed[organ])
    rows = [row for row in found.routes().to_pylist() if row["lesions"] == "revealing"]
    for row in rows:
        assert row["count"] == len(revealed[row["organ"]])
        assert round(row["lymph_share"] * row["count"]) == routes[row["organ"]]
    timing = {row["organ"]: row for row in found.timing().to_pylist()}
    later = [t for t in revealed["bone"] if t > 0]
    assert timing["bone"]["median"] == pytest.approx(np.median(later))
    assert timing["bone"]["at_diagnosis"] == len(revealed["bone"]) - len(later)


def test_soil_against_flow(run):
    found = organs(run)
    lesions = run.lesions.to_pandas()
    colonies = lesions[
        lesions.organ.isin(ORGANS)
        & ((lesions.parent == 0) | ((lesions.route == "lymph") & (lesions.organ != "nodes")))
    ]
    expected = colonies.organ.value_counts(normalize=True)
    for row in found.soil().to_pylist():
        assert row["share"] == pytest.approx(expected[row["organ"]])
        assert row["ratio"] == pytest.approx(row["share"] / FLOW[row["organ"]])
    assert sum(row["share"] for row in found.soil().to_pylist()) == pytest.approx(1.0)
    assert "Paget" in found.soil_sentence
    assert "Ewing" in found.soil_sentence
    other = organs(run, flow_share=dict.fromkeys(ORGANS, 0.2))
    assert other.soil()["flow_share"].to_pylist() == [0.2] * len(ORGANS)


def test_error_of_colony_shares_counts_women_not_colonies():
    """All colonies of a woman in one organ: the error is that of her choice, not of her colonies.

    Women w = 1..400 with m colonies each, organ by a fair coin: se = sqrt(0.25/400) whatever m.
    """
    rng = np.random.default_rng(3)
    base = synthetic_run(400, seed=1)
    coin = rng.random(400) < 0.5
    m = 25
    owner = np.repeat(np.arange(400), m)
    organ = np.where(coin[owner], "bone", "lung")
    n = owner.size
    lesions = pa.table(
        {
            "patient": owner, "lesion": np.tile(np.arange(1, m + 1, dtype=np.int32), 400),
            "parent": np.zeros(n, np.int32), "organ": organ, "route": ["blood"] * n,
            "founded_at": np.zeros(n), "visible_at": np.full(n, np.nan),
        }
    )  # fmt: skip
    shares = {o: e for o, _, e, _ in organs(dataclasses.replace(base, lesions=lesions)).shares}
    assert shares["bone"] == pytest.approx(math.sqrt(0.25 / 400), rel=0.02)


def test_a_run_without_flow_shares_says_so(run):
    bare = {key: value for key, value in run.manifest.items() if key != "flow_share"}
    found = organs(dataclasses.replace(run, manifest=bare))
    assert found.shares == ()
    assert "cannot be compared" in found.soil_sentence


# --- presentation ------------------------------------------------------------------------------


def test_presentation_by_a_plain_loop(run, women):
    found = presentation(run)
    metastatic = women[women.presentation != "none"]
    symptoms = run.symptoms.to_pandas()
    ever = symptoms[symptoms.patient.isin(metastatic.patient)]
    for row in found.symptoms().to_pylist():
        assert row["revealed"] == int((metastatic.first_symptom == row["symptom"]).sum())
        assert row["ever"] == int((ever.symptom == row["symptom"]).sum())
    for row in found.found_by().to_pylist():
        group = metastatic[metastatic.presentation == row["presentation"]]
        assert row["count"] == int((group.found_by == row["found_by"]).sum())
        assert row["women"] == len(group)
    sizes = {row["quantile"]: row["diameter_mm"] for row in found.sizes().to_pylist()}
    assert sizes[0.5] == pytest.approx(women.diameter_mm.median())
    histogram = found.histogram().to_pylist()
    assert sum(row["count"] for row in histogram) == len(women)
    row = histogram[7]
    inside = (women.diameter_mm >= row["from_mm"]) & (women.diameter_mm < row["to_mm"])
    assert row["count"] == int(inside.sum())
    assert histogram[-1]["to_mm"] == math.inf


# --- cure --------------------------------------------------------------------------------------


def test_cure_counts_each_outcome_once(run, women):
    found = cure(run, by="presentation")
    assert sum(share.count for share in found.overall.outcomes.values()) == len(women)
    assert sum(share.value for share in found.overall.outcomes.values()) == pytest.approx(1.0)
    for group in found.groups:
        own = women[women.presentation == group.group]
        for outcome, share in group.outcomes.items():
            assert share.count == int((own.outcome == outcome).sum())
    recurrent = found.groups[2]
    assert recurrent.cured.women == int((women.presentation == "recurrent").sum())


def test_no_cure_has_the_bound_of_the_rule_of_three(run):
    cured = cure(run).overall.cured
    assert cured.count == 0
    assert cured.interval == (0.0, 3.0 / cured.women)
    # 3/n against the exact bound 1 - 0.05^(1/n).
    assert rule_of_three(500) == pytest.approx(1 - 0.05 ** (1 / 500), rel=0.005)
    assert cure(run).answer.startswith("No: of ")
    assert percent(3.0 / cured.women) in cure(run).answer


def test_cures_among_women_with_metastases_are_counted(run, women):
    chosen = np.flatnonzero(women.presentation == "de novo")[:2]
    outcome = women.outcome.astype(object).to_numpy(copy=True)
    outcome[chosen] = "eradicated"
    column = run.patients.column_names.index("outcome")
    patients = run.patients.set_column(column, "outcome", pa.array(outcome))
    found = cure(dataclasses.replace(run, patients=patients))
    assert found.overall.cured.count == 2
    assert found.answer.startswith("For a few")


def test_an_unknown_outcome_is_refused(run):
    column = run.patients.column_names.index("outcome")
    patients = run.patients.set_column(column, "outcome", pa.array(["cured"] * 3000))
    with pytest.raises(InputError, match="outcome 'cured'"):
        cure(dataclasses.replace(run, patients=patients))


def test_mixture_cure_finds_the_truth_it_was_made_from():
    """π = 0.6 with Weibull(1.3, 5 years) and a known background hazard; |z| < 4 on π."""
    rng = np.random.default_rng(11)
    n, pi, shape, scale = 20_000, 0.6, 1.3, 5.0
    background = rng.uniform(0.005, 0.05, n)
    other = rng.exponential(1.0 / background)
    own = np.where(rng.random(n) < pi, np.inf, scale * rng.weibull(shape, n))
    died = np.minimum(own, other)
    time, dead = np.minimum(died, 25.0), died <= 25.0
    found, error, k, lam, _ = fit_mixture_cure(time, dead, background)
    assert 0.002 < error < 0.01
    assert abs(found - pi) < 4 * error
    assert k == pytest.approx(shape, rel=0.05)
    assert lam == pytest.approx(scale, rel=0.05)


def test_mixture_cure_maximum_is_a_maximum():
    """Other parameters, close and far, are less likely: checked with the likelihood written out."""
    rng = np.random.default_rng(2)
    own = np.where(rng.random(2000) < 0.4, rng.exponential(50.0, 2000), rng.exponential(3.0, 2000))
    time = np.minimum(own, 15.0)
    dead = own < 15.0
    background = np.full(2000, 0.02)
    pi, _, k, lam, best = fit_mixture_cure(time, dead, background)

    def likelihood(pi: float, k: float, lam: float) -> float:
        s = np.exp(-((time / lam) ** k))
        alive = pi + (1 - pi) * s
        excess = (1 - pi) * (k / time) * (time / lam) ** k * s / alive
        return float(np.sum(np.log(background + excess)[dead]) + np.sum(np.log(alive)))

    assert best == pytest.approx(likelihood(pi, k, lam))
    for factor in (0.9, 0.99, 1.01, 1.1):
        assert likelihood(pi * factor, k, lam) < best
        assert likelihood(pi, k * factor, lam) < best
        assert likelihood(pi, k, lam * factor) < best


def test_women_found_only_at_death_have_no_survival_or_are_left_out(run):
    """Since "metastasis" they count as 0 years; since "found in life" they do not, and the report says so."""
    women = run.patients.to_pydict()
    known = [i for i, by in enumerate(women["found_by"]) if by is not None]
    late = known[:7]
    for i in late:
        women["found_by"][i], women["metastatic_at"][i] = "death", women["died_at"][i]
    patients = run.patients
    for name in ("found_by", "metastatic_at"):
        patients = patients.set_column(
            patients.column_names.index(name), name, pa.array(women[name])
        )
    run = dataclasses.replace(run, patients=patients)
    (both,), (in_life,) = (survival(run, since=s).curves for s in ("metastasis", "found in life"))
    assert (both.women, in_life.women) == (len(known), len(known) - 7)
    assert both.followed.tolist() == pytest.approx([0.0] * 7 + in_life.followed.tolist())
    assert found_at_death(run).startswith(f"Left out: 7 of {whole(len(known))} women")
    with pytest.raises(InputError, match="'found in life'"):
        survival(run, since="found")
    with pytest.raises(InputError, match="burden"):  # what is seen later cannot divide earlier
        survival(run, by="burden")


def test_cure_fraction_is_laid_beside_the_truth(run, women):
    ages = np.arange(0.0, 111.0)
    found = relative_survival_cure_fraction(
        run, by="subtype", life_table=(ages, np.exp((ages - 89) / 8) / 8)
    )
    clear = women.outcome.isin(["no spread", "eradicated"]).mean()
    assert found.overall.no_living_colony.value == pytest.approx(clear)
    assert found.overall.not_died_of_it.value == pytest.approx((women.outcome != "died of").mean())
    assert [group.group for group in found.groups] == SUBTYPES
    assert all(0 < group.fraction < 1 for group in found.groups)
    assert percent(found.overall.fraction) in found.sentence


def test_life_table_is_the_catalogs_by_default(run):
    from seedsoil.catalog import load

    rows = load().life_table
    table = (np.array([row.age for row in rows]), np.array([row.rate_per_year for row in rows]))
    given = relative_survival_cure_fraction(run, life_table=table)
    assert relative_survival_cure_fraction(run).overall == given.overall


@pytest.mark.parametrize(
    "wrong",
    [
        {"life_table": (np.array([0.0, 1.0]), np.array([0.1]))},
        {"life_table": (np.array([1.0, 0.0]), np.array([0.1, 0.1]))},
        {"life_table": (np.array([0.0]), np.array([0.1])), "follow_up": 0.0},
    ],
)
def test_cure_fraction_refuses_a_wrong_life_table(run, wrong):
    with pytest.raises(InputError, match=r"life_table|follow_up"):
        relative_survival_cure_fraction(run, **wrong)


# --- all results -------------------------------------------------------------------------------


def everything(run: SyntheticRun) -> list:
    return [
        survival(run), survival(run, by="stage", since="metastasis"),
        survival(run, cause="breast cancer"), incidence(run, by="subtype"),
        incidence(run, event="any"), organs(run), presentation(run), cure(run, by="t_stage"),
    ]  # fmt: skip


def test_results_do_not_depend_on_chunks_or_order_of_rows(run):
    chunked = synthetic_run(3000, seed=5, chunks=4)
    for plain, other, mixed in zip(
        everything(run), everything(chunked), everything(shuffled(run)), strict=True
    ):
        assert repr(plain) == repr(other) == repr(mixed)
        assert plain.sentence == other.sentence == mixed.sentence
        assert plain.table().equals(other.table())


def test_every_result_converts_and_speaks(run):
    pytest.importorskip("polars")
    for result in everything(run):
        table = result.table()
        assert table.num_rows == len(result.to_pandas()) == result.to_polars().height > 0
        assert result.sentence.endswith(".")
        assert "nan" not in result.sentence
        assert "nan" not in repr(result)
        assert result.chart()["$schema"].endswith("/v6.json")


def test_a_result_shows_itself_in_a_notebook(run):
    shown = cure(run)._repr_mimebundle_()
    assert shown["text/plain"] == repr(cure(run))
    assert "data:image/svg+xml;base64," in shown["text/html"]
    assert "<figcaption>" in shown["text/html"]


@pytest.mark.parametrize("women", [1, 2, 7])
def test_cohorts_of_a_few_women(women):
    """Whatever such a cohort has, a result is given or it is said why not."""
    for seed in range(12):
        small = synthetic_run(women, seed)
        for ask in (survival, incidence, organs, presentation, cure):
            result, said = None, ""
            try:
                result = ask(small)
            except InputError as problem:
                said = str(problem)
            assert "\n" not in said
            if result is None:
                continue
            assert result.table().num_rows > 0 or ask is presentation
            assert result.sentence
            assert result.chart()


def test_results_leave_scipy_alone_until_they_need_it():
    """Importing scipy.stats takes seconds; the report of an uncensored cohort does without."""
    import subprocess
    import sys
    from pathlib import Path

    code = (
        "import sys; from synthetic import synthetic_run;"
        "from seedsoil.results.survival import survival; from seedsoil.results.organs import organs;"
        "r = synthetic_run(50); survival(r); organs(r); sys.exit('scipy' in sys.modules)"
    )
    here = Path(__file__).parent
    paths = {"PYTHONPATH": f"{here}:{here.parent / 'src'}"}
    subprocess.run([sys.executable, "-c", code], check=True, env=paths)


# --- words -------------------------------------------------------------------------------------


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_share_and_stays_within_0_and_1(counts):
    k, n = counts
    low, high = (float(limit) for limit in wilson(k, n))
    assert 0.0 <= low <= k / n <= high <= 1.0


def test_wilson_interval_of_a_known_case():
    """10 of 100 (Newcombe 1998): 0.0552 to 0.1744."""
    assert [float(x) for x in wilson(10, 100)] == pytest.approx([0.0552, 0.1744], abs=1e-4)


@given(st.floats(0, 1))
def test_a_percentage_has_sensible_digits(share):
    words = percent(share)
    assert words.endswith("\u00a0%")
    assert float(words[:-2]) == pytest.approx(100 * share, rel=0.06, abs=1e-5)


def test_numbers_in_words():
    assert percent(0.16301) == "16.3\u00a0%"
    assert percent(0.000096) == "0.0096\u00a0%"
    assert percent(float("nan")) == "–"
    assert percent_interval(0.0, 0.000498) == "0 to 0.050\u00a0%"
    assert with_error(24.87, 0.13) == "24.9 ± 0.1"
    assert with_error(0.2451, 0.0023) == "0.245 ± 0.002"
