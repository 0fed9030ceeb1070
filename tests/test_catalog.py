"""The catalog: what is packaged, what a user may overlay, and what is said about a bad file."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from seedsoil.catalog import Catalog, load, write_fitted
from seedsoil.catalog.catalog import RESULTS_ALONE
from seedsoil.catalog.parameters import SUM_TO_ONE, full_name, item_names
from seedsoil.catalog.provenance import describe
from seedsoil.catalog.provenance_text import render_text
from seedsoil.errors import DataErrors, InputError
from seedsoil.model.parameters import kernel_parameters
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.vocabulary import ORGANS, SUBTYPE_KEYS, THERAPIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

META: dict[str, str | int] = {
    "command": "seedsoil fit",
    "seed": 1,
    "women": 1000,
    "date": "2026-01-01",
    "version": "0",
}


@pytest.fixture(scope="module")
def packaged() -> Catalog:
    return load()


def overlay(tmp_path: Path, files: Mapping[str, str | bytes]) -> Path:
    """A user's catalog directory with these files."""
    directory = tmp_path / "mine"
    directory.mkdir(exist_ok=True)
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def problems_of(tmp_path: Path, files: Mapping[str, str | bytes]) -> list[str]:
    with pytest.raises(DataErrors) as caught:
        load(overlay(tmp_path, files))
    return caught.value.problems


# What is packaged.


def test_every_number_has_a_source_or_says_it_is_an_assumption(packaged: Catalog) -> None:
    for parameter in packaged.parameters.values():
        assert parameter.sources or parameter.status == "assumption", parameter.key
        assert set(parameter.sources) <= set(packaged.sources)
    for group in packaged.targets.values():
        for cell in group.cells.values():
            assert cell.sources
            assert set(cell.sources) <= set(packaged.sources)


def test_every_source_is_used(packaged: Catalog) -> None:
    unused = [key for key in packaged.sources if not describe(packaged, key)["used_by"]]
    assert unused == []


def test_status_is_no_better_than_that_of_the_sources(packaged: Catalog) -> None:
    """A number resting on an unverified source, and on nothing else, is not called verified."""
    good = ("verified", "derived")
    for parameter in packaged.parameters.values():
        statuses = [packaged.sources[key].status for key in parameter.sources]
        if parameter.status in good:
            assert statuses, parameter.key
            assert all(status in good for status in statuses), parameter.key
    for group in packaged.targets.values():
        for name, cell in group.cells.items():
            if cell.status in good:
                best = [packaged.sources[key].status in good for key in cell.sources]
                assert any(best), f"{group.name}.{name}"


def test_validation_never_enters_the_fit(packaged: Catalog) -> None:
    cells = [cell for group in packaged.targets.values() for cell in group.cells.values()]
    assert any(cell.role == "validation" for cell in cells)
    for cell in cells:
        if cell.fitted:
            assert cell.role == "calibration"
            assert all(packaged.sources[key].role == "calibration" for key in cell.sources)


def test_priors_lie_in_range_and_lung_is_the_reference_of_the_soil(packaged: Catalog) -> None:
    names = packaged.fitted_names()
    assert len(names) == len(set(names)) > 70
    for name in names:
        mean, sd = packaged.prior(name)
        parameter = packaged.parameters[name.partition(":")[0]]
        assert sd > 0
        assert parameter.low <= mean <= parameter.high
    assert not any(name.startswith("soil.log_factor:lung") for name in names)
    assert "soil.log_factor:bone:tnbc" in names
    assert "spread.log_rate_shift:hr_pos_her2_neg" not in names


def test_vectors_are_in_declared_order(packaged: Catalog) -> None:
    soil = packaged.vector("soil.log_factor")
    assert soil.shape == (len(ORGANS), len(SUBTYPE_KEYS))
    assert soil[0, 3] == packaged.value("soil.log_factor", "bone:tnbc")
    assert packaged.vector("lymph.exponent").shape == ()
    rates = packaged.vector("growth.log_rate")
    assert [packaged.value("growth.log_rate", s) for s in SUBTYPE_KEYS] == rates.tolist()
    assert item_names("organ,subtype")[:2] == ("bone:hr_pos_her2_neg", "bone:hr_pos_her2_pos")


def test_rounded_shares_sum_to_one(packaged: Catalog) -> None:
    for key in ("woman.subtype_share", "woman.age_band_share", "circulation.output_share"):
        assert packaged.vector(key).sum() == pytest.approx(1.0, abs=1e-12)


def test_life_table(packaged: Catalog) -> None:
    ages = [row.age for row in packaged.life_table]
    assert ages == list(range(110))
    expectation = sum(
        math.exp(-sum(r.rate_per_year for r in packaged.life_table[:age])) for age in range(110)
    )
    assert expectation == pytest.approx(
        81.7, abs=0.5
    )  # US women 2014: 81.3 years, plus half a year


def test_adjuvant_shares_follow_the_rules(packaged: Catalog) -> None:
    rotterdam = packaged.adjuvant_era("1978-1993").adjuvant_shares()
    assert rotterdam.shape == (len(THERAPIES), 4, 2, 2)
    assert np.all(rotterdam[..., 0] == 0)  # node-negative: nothing
    # 491 of 628 premenopausal and 89 of 918 postmenopausal women had chemotherapy: 580 in all.
    chemo = rotterdam[0, 0, :, 1]
    assert 628 * chemo[0] + 918 * chemo[1] == pytest.approx(580, abs=1)
    assert np.all(packaged.adjuvant_era("none").adjuvant_shares() == 0)
    endocrine = packaged.adjuvant_era("endocrine-5y").adjuvant_shares()
    assert np.all(endocrine[1, :2] == 1)
    assert np.all(endocrine[1, 2:] == 0)
    both = packaged.adjuvant_era("chemo-trastuzumab").adjuvant_shares()
    assert np.all(both[0] == 1)
    assert np.all(both[2, 1:3] == 1)
    assert np.all(both[2, [0, 3]] == 0)
    later = packaged.adjuvant_era("1990s").adjuvant_shares()
    assert later[1, 0].tolist() == [[0.3, 0.45], [0.47, 0.85]]  # later rules override earlier ones


def test_screening_programmes(packaged: Catalog) -> None:
    assert packaged.screening_programme("none").screening().participation == 0
    assert packaged.screening_programme("biennial-50-74").screening()[:3] == (50, 74, 2)
    with pytest.raises(InputError, match="biennial-50-74"):
        packaged.screening_programme("biennial-50-75")
    with pytest.raises(InputError, match="did you mean '1990s'"):
        packaged.adjuvant_era("1990")


def test_a_fitted_number_says_what_it_was_fitted_to(packaged: Catalog) -> None:
    told = render_text(describe(packaged, "drug.log_kill"))
    assert "fitted to the calibration trials; what follows" in told
    assert "fitted to the targets; what follows" in render_text(
        describe(packaged, "growth.log_rate")
    )


# Changing values.


def test_with_values_changes_the_hash_and_nothing_else(packaged: Catalog) -> None:
    changed = packaged.with_values({"growth.log_rate:tnbc": -0.5, "lymph.exponent": 0.7})
    assert changed.value("growth.log_rate", "tnbc") == -0.5
    assert packaged.prior("growth.log_rate:tnbc") == changed.prior("growth.log_rate:tnbc")
    assert changed.hash() != packaged.hash()
    assert (
        changed.with_values(
            {
                "growth.log_rate:tnbc": packaged.value("growth.log_rate", "tnbc"),
                "lymph.exponent": packaged.value("lymph.exponent"),
            }
        ).hash()
        == packaged.hash()
        == load().hash()
    )


def _records(catalog: Catalog) -> bytes:
    """All that a simulation reads of a catalog, with screening, under strategies, and in every decade."""
    screening = next(name for name in catalog.policies.screening if name != "none")
    old = kernel_parameters(catalog, seed=1, adjuvant="1978-1993")
    kernel = kernel_parameters(catalog, seed=1, screening=screening, adjuvant="2013+")
    nineties = kernel_parameters(catalog, seed=1, adjuvant="1990s")
    eras = [
        treatment_plan(catalog, kernel, before=catalog.strategy(s))[0] for s in ("2022", "pre-1998")
    ]
    parts = [old, nineties, kernel, *eras[0], *eras[1]]
    return b"".join(np.asarray(part).tobytes() for part in parts)


def test_the_hash_holds_what_moves_a_simulation_and_no_more(packaged: Catalog) -> None:
    """Every parameter is in the hash and read by the kernels, or in neither."""
    before, digest = _records(packaged), packaged.hash()
    for key, parameter in packaged.parameters.items():
        first = next(iter(parameter.values))
        start = parameter.values[first]
        step = 1e-3 * (parameter.high - parameter.low)
        if key in SUM_TO_ONE:
            # 1 % of the first share goes to the others
            given = 0.01 * start
            values = {i: v * (1.0 + given / (1.0 - start)) for i, v in parameter.values.items()}
            changed = {full_name(key, i): v for i, v in (values | {first: start - given}).items()}
        else:
            moved = start + step if start + step <= parameter.high else start - step
            changed = {full_name(key, first): moved}
        catalog = packaged.with_values(changed)
        moves_nothing = key.partition(".")[0] in RESULTS_ALONE
        assert (catalog.hash() == digest) == moves_nothing, key
        assert (_records(catalog) == before) == moves_nothing, key


def test_with_values_names_every_problem(packaged: Catalog) -> None:
    with pytest.raises(DataErrors) as caught:
        packaged.with_values(
            {
                "growth.log_rat:tnbc": 0.0,
                "growth.log_rate:tnb": 0.0,
                "growth.log_rate": 0.0,
                "lymph.exponent:tnbc": 0.5,
                "spread.exponent": math.nan,
                "dormancy.share:tnbc": 1.5,
                "woman.subtype_share:tnbc": 0.9,
            }
        )
    lines = caught.value.problems
    assert len(lines) == 7
    for part in (
        "did you mean 'growth.log_rate'?",
        "did you mean 'tnbc'?",
        "goes by subtype",
        "is a single number",
        "finite",
        "allowed 0.0 to 1.0",
        "must sum to 1",
    ):
        assert any(part in line for line in lines), part


# A user's directory.


def test_overlay_replaces_one_value_and_its_provenance(tmp_path: Path, packaged: Catalog) -> None:
    mine = load(
        overlay(
            tmp_path,
            {
                "parameters/growth.toml": '[growth.log_rate_sd]\nvalue = 0.9\nstatus = "assumption"\n'
            },
        )
    )
    changed, before = (
        mine.parameters["growth.log_rate_sd"],
        packaged.parameters["growth.log_rate_sd"],
    )
    assert changed.value == changed.prior == 0.9
    assert changed.sources == ()
    assert changed.status == "assumption"
    assert changed.unit == before.unit
    assert changed.prior_sds == before.prior_sds
    others = [key for key in packaged.parameters if key != "growth.log_rate_sd"]
    assert all(mine.vector(k).tolist() == packaged.vector(k).tolist() for k in others)


def test_overlay_value_takes_the_weakest_status_of_its_sources(tmp_path: Path) -> None:
    text = '[growth.capacity]\nvalue = 2e12\nsources = ["NH3-019", "NH1-048"]\n'
    parameter = load(overlay(tmp_path, {"parameters/a.toml": text})).parameters["growth.capacity"]
    assert (parameter.status, parameter.confidence, parameter.note) == ("unverified", "low", "")


def test_overlay_of_source_target_policy_and_life_table(tmp_path: Path, packaged: Catalog) -> None:
    directory = overlay(
        tmp_path,
        {
            "sources.toml": """[MINE-1]
quantity = "share"
population = "our registry"
value = "0.5"
unit = ""
citation = "our registry, 2020"
status = "verified"
confidence = "high"
role = "calibration"
""",
            "targets/critical_diameter.toml": (
                '[cells.share_at_35mm]\nobserved = 0.4\nsources = ["MINE-1"]\n'
            ),
            "policies.toml": """[adjuvant.ours]
description = "ours"
population = "us"
sources = ["MINE-1"]
status = "verified"
confidence = "high"
give = [{ therapy = "chemo", share = 0.5 }]
""",
            "life_table.csv": "age,rate_per_year\n" + "".join(f"{a},0.01\n" for a in range(101)),
        },
    )
    mine = load(directory)
    cell = mine.targets["critical_diameter"].cells["share_at_35mm"]
    assert (cell.observed, cell.sources, cell.status) == (0.4, ["MINE-1"], "verified")
    assert cell.se == packaged.targets["critical_diameter"].cells["share_at_35mm"].se
    assert mine.adjuvant_era("ours").adjuvant_shares()[0].min() == 0.5
    assert len(mine.life_table) == 101
    assert mine.life_table_sources == ()
    assert mine.hash() != packaged.hash()


@pytest.mark.parametrize(
    "files, parts",
    [
        pytest.param(
            {"parameters/growth.toml": "[growth.log_ratte]\nvalue = 1\n"},
            ["parameters/growth.toml", "'growth.log_ratte'", "did you mean 'growth.log_rate'?"],
            id="unknown key",
        ),
        pytest.param(
            {
                "parameters/g.toml": '[growth.log_rate_sd]\nvalue = 1.0\nstatus = "asumption"\n'
                'sources = ["FIT-0"]\n'
            },
            ["parameters/g.toml", "growth.log_rate_sd", "status", "did you mean 'assumption'?"],
            id="illegal status",
        ),
        pytest.param(
            {"parameters/g.toml": "[growth.log_rate_sd]\npriorsd = 1.0\n"},
            ["parameters/g.toml", "growth.log_rate_sd", "'priorsd'", "did you mean 'prior_sd'?"],
            id="unknown field",
        ),
        pytest.param(
            {"parameters/g.toml": '[growth.log_rate_sd]\nunit = "log"\n'},
            ["parameters/g.toml", "growth.log_rate_sd", "unit 'log'", "must be 'ln'"],
            id="wrong unit",
        ),
        pytest.param(
            {"parameters/g.toml": "[growth.log_rate_sd]\nvalue = 1.0\n"},
            ["parameters/g.toml", "growth.log_rate_sd", "needs its own sources", "assumption"],
            id="missing source",
        ),
        pytest.param(
            {"parameters/g.toml": '[growth.log_rate_sd]\nvalue = 1.0\nsources = ["NH3-0070"]\n'},
            ["parameters/g.toml", "growth.log_rate_sd", "'NH3-0070'", "did you mean 'NH3-007'?"],
            id="unknown source",
        ),
        pytest.param(
            {"parameters/g.toml": '[growth.log_rate_sd]\nvalue = nan\nsources = ["FIT-0"]\n'},
            ["parameters/g.toml", "growth.log_rate_sd", "nan", "finite"],
            id="not a number",
        ),
        pytest.param(
            {"parameters/g.toml": '[growth.log_rate_sd]\nvalue = 9\nsources = ["FIT-0"]\n'},
            ["parameters/g.toml", "growth.log_rate_sd", "9", "allowed 0.05 to 2.5"],
            id="out of range",
        ),
        pytest.param(
            {"parameters/g.toml": "[growth.log_rate_sd]\nrange = [0.0, 9.0]\n"},
            ["parameters/g.toml", "growth.log_rate_sd", "wider", "0.05 to 2.5"],
            id="range widened",
        ),
        pytest.param(
            {"parameters/g.toml": '[growth.log_rate_sd]\nvalue = "1"\nsources = ["FIT-0"]\n'},
            ["parameters/g.toml", "growth.log_rate_sd", "'1'", "number"],
            id="text for a number",
        ),
        pytest.param(
            {"parameters/g.toml": '[growth.log_rate]\nvalue = 1.0\nsources = ["FIT-0"]\n'},
            ["parameters/g.toml", "growth.log_rate", "table by subtype", "tnbc"],
            id="one number for several",
        ),
        pytest.param(
            {
                "parameters/g.toml": '[growth.log_rate]\nvalue = { tnbc = 1.0 }\nsources = ["FIT-0"]\n'
            },
            ["parameters/g.toml", "growth.log_rate", "missing subtype hr_pos_her2_neg"],
            id="missing items",
        ),
        pytest.param(
            {
                "parameters/i.toml": '[imaging.limit_mm]\nstatus = "assumption"\n'
                "value = { bone = 1, lung = 1, livr = 1, liver = 1, brain = 1, other = 1, nodes = 1 }\n"
            },
            ["parameters/i.toml", "imaging.limit_mm", "organ 'livr'", "did you mean 'liver'?"],
            id="unknown organ",
        ),
        pytest.param(
            {
                "parameters/w.toml": '[woman.subtype_share]\nstatus = "assumption"\nvalue = '
                "{ hr_pos_her2_neg = 0.5, hr_pos_her2_pos = 0.1, hr_neg_her2_pos = 0, tnbc = 0 }\n"
            },
            ["parameters/w.toml", "woman.subtype_share", "sum to 0.6", "must sum to 1"],
            id="shares do not sum to one",
        ),
        pytest.param(
            {"parameters/s.toml": "[growth.log_rate_sd]\nprior_sd = -0.1\n"},
            ["parameters/s.toml", "growth.log_rate_sd", "prior_sd", "out of range"],
            id="negative prior sd",
        ),
        pytest.param(
            {"parameters/d.toml": '[imaging.log_chance_rate]\nvalue = -2\nsources = ["NH5-095"]\n'},
            ["parameters/d.toml", "imaging.log_chance_rate", "NH5-095", "role validation"],
            id="validation source sets a parameter",
        ),
        pytest.param(
            {"targets/autopsy.toml": "[cells.lung]\nfitted = true\n"},
            ["targets/autopsy.toml", "lung", "role validation", "must not be fitted"],
            id="validation target fitted",
        ),
        pytest.param(
            {"targets/autopsi.toml": "fitted = false\n"},
            ["targets/autopsi.toml", "did you mean 'autopsy'?"],
            id="unknown target group",
        ),
        pytest.param(
            {"targets/autopsy.toml": "[cells.lng]\nfitted = false\n"},
            ["targets/autopsy.toml", "cell 'lng'", "did you mean 'lung'?"],
            id="unknown cell",
        ),
        pytest.param(
            {
                "targets/critical_diameter.toml": "[cells.share_at_35mm]\nse = 0.0\n"
                'sources = ["NH4-014"]\n'
            },
            ["targets/critical_diameter.toml", "share_at_35mm", "se is 0.0", "greater than 0"],
            id="no standard error",
        ),
        pytest.param(
            {"targets/critical_diameter.toml": "[cells.share_at_35mm]\ndiscrepancy = 0.1\n"},
            ["targets/critical_diameter.toml", "share_at_35mm", "discrepancy_reason is missing"],
            id="discrepancy without a reason",
        ),
        pytest.param(
            {
                "policies.toml": '[adjuvant.1990s]\nstatus = "assumption"\n'
                'give = [{ therapy = "chemo", share = 0.1, nodes = "n_po" }]\n'
            },
            ["policies.toml", "adjuvant.1990s", "give 1.nodes", "did you mean 'n_pos'?"],
            id="illegal rule",
        ),
        pytest.param(
            {"policies.toml": "[screening.biennial-50-74]\nparticipation = 0.9\n"},
            ["policies.toml", "screening.biennial-50-74", "participation", "its own sources"],
            id="new participation without a source",
        ),
        pytest.param(
            {"policies.toml": "[adjuvent.x]\n"},
            ["policies.toml", "'adjuvent'", "did you mean 'adjuvant'?"],
            id="unknown kind of policy",
        ),
        pytest.param(
            {"sources.toml": '[NH3-007]\nvalue = "300"\n'},
            ["sources.toml", "NH3-007", "needs its own citation"],
            id="source value without its citation",
        ),
        pytest.param(
            {"sources.toml": '[NH3-007]\naddress = "mirror"\n'},
            ["sources.toml", "NH3-007", "address", "http"],
            id="address that is none",
        ),
        pytest.param(
            {"life_table.csv": "Age,rate\n0,0.1\n"},
            ["life_table.csv", "line 1", "age,rate_per_year"],
            id="life table header",
        ),
        pytest.param(
            {"parameters/growth.toml": "[growth.log_rate_sd\nvalue = 1"},
            ["parameters/growth.toml", "not valid TOML", "line 1"],
            id="not TOML",
        ),
        pytest.param(
            {"parameters/growth.toml": b"[a]\nb = '\xff'"},
            ["parameters/growth.toml", "not UTF-8"],
            id="not UTF-8",
        ),
        pytest.param(
            {"parameters/growth.toml": "log_rate_sd = 1.0\n"},
            ["parameters/growth.toml", "log_rate_sd", "[log_rate_sd.name]"],
            id="number outside a table",
        ),
        pytest.param(
            {"paramters/growth.toml": ""},
            ["mine", "'paramters'", "did you mean 'parameters'?"],
            id="misnamed folder",
        ),
        pytest.param(
            {"parameters": "x = 1"}, ["mine/parameters", "must be a folder"], id="file for folder"
        ),
        pytest.param({"notes.txt": "x"}, ["mine", "holds no catalog file"], id="no catalog file"),
        pytest.param(
            {"fitted.toml": "[fit]\nseed = 1\n"},
            ["fitted.toml", "fit", "'command' is missing"],
            id="fit without its record",
        ),
    ],
)
def test_bad_file_is_named_with_key_and_remedy(
    tmp_path: Path, files: dict[str, str | bytes], parts: list[str]
) -> None:
    lines = problems_of(tmp_path, files)
    assert any(all(part in line for part in parts) for line in lines), lines


def test_all_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    lines = problems_of(
        tmp_path,
        {
            "parameters/a.toml": '[growth.log_rate_sd]\nvalue = nan\nunit = "log"\n'
            'sources = ["FIT-0"]\n[lymph.exponnt]\nvalue = 1\n',
            "parameters/b.toml": "[growth.log_rate\n",
            "life_table.csv": "age,rate_per_year\n0,-1\n2,x\n",
        },
    )
    assert len(lines) == 6
    for part in ("nan", "must be 'ln'", "'lymph.exponent'", "b.toml", "line 2", "line 3"):
        assert any(part in line for line in lines), part


def test_key_given_in_two_files(tmp_path: Path) -> None:
    text = "[growth.log_rate_sd]\nprior_sd = 0.2\n"
    lines = problems_of(tmp_path, {"parameters/a.toml": text, "parameters/b.toml": text})
    assert len(lines) == 1
    assert "b.toml" in lines[0]
    assert "a.toml" in lines[0]


def test_path_that_is_no_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "missing")
    file = tmp_path / "file.toml"
    file.write_text("")
    with pytest.raises(InputError, match="is not a directory"):
        load(file)


# Fitted values.


def test_fitted_values_overlay_and_keep_the_start_value(tmp_path: Path, packaged: Catalog) -> None:
    directory = overlay(tmp_path, {})
    values = {"growth.log_rate:tnbc": -0.8, "soil.log_factor:bone:tnbc": 3.25}
    write_fitted(directory / "fitted.toml", values, {"growth.log_rate:tnbc": 0.05}, META)
    first = (directory / "fitted.toml").read_bytes()
    write_fitted(directory / "fitted.toml", values, {"growth.log_rate:tnbc": 0.05}, META)
    assert (directory / "fitted.toml").read_bytes() == first
    assert [path.name for path in directory.iterdir()] == ["fitted.toml"]

    mine = load(directory)
    assert mine.value("growth.log_rate", "tnbc") == -0.8
    assert mine.value("soil.log_factor", "bone:tnbc") == 3.25
    parameter = mine.parameters["growth.log_rate"]
    assert parameter.priors == packaged.parameters["growth.log_rate"].priors
    assert parameter.ses["tnbc"] == 0.05
    assert parameter.fitted
    assert mine.fit is not None
    assert mine.fit.seed == 1
    assert mine.prior("growth.log_rate:tnbc") == packaged.prior("growth.log_rate:tnbc")


def test_users_own_value_is_not_overlaid_by_an_older_fit(tmp_path: Path) -> None:
    text = '[growth.log_rate_sd]\nvalue = 0.77\nstatus = "assumption"\n'
    parameter = load(overlay(tmp_path, {"parameters/g.toml": text})).parameters[
        "growth.log_rate_sd"
    ]
    assert parameter.value == parameter.prior == 0.77
    assert not parameter.fitted


def test_bad_fitted_values(tmp_path: Path) -> None:
    record = "".join(f"{key} = {json.dumps(value)}\n" for key, value in META.items())
    lines = problems_of(
        tmp_path,
        {
            "fitted.toml": f"[fit]\n{record}[values]\n"
            '"growth.log_rte:tnbc" = 1.0\n"growth.log_rate:tnb" = 1.0\n"growth.log_rate:tnbc" = 99.0\n'
            '"growth.capacity" = 1e12\n"lymph.exponent" = nan\n'
            '[se]\n"growth.log_rate:tnbd" = 0.1\n'
        },
    )
    assert len(lines) == 6
    for part in (
        "did you mean 'growth.log_rate'?",
        "did you mean 'tnbc'?",
        "out of range",
        "growth.capacity: has no prior_sd",
        "finite",
        "did you mean 'growth.log_rate:tnb",
    ):
        assert any(part in line and "fitted.toml" in line for line in lines), part


def test_write_fitted_refuses_what_cannot_be_read_back(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="finite"):
        write_fitted(tmp_path / "fitted.toml", {"lymph.exponent": math.inf}, {}, META)
    with pytest.raises(InputError, match="'seed' is missing"):
        write_fitted(
            tmp_path / "fitted.toml", {}, {}, {k: v for k, v in META.items() if k != "seed"}
        )
    with pytest.raises(InputError, match="cannot be written"):
        write_fitted(tmp_path / "no" / "fitted.toml", {}, {}, META)
    assert list(tmp_path.iterdir()) == []


# Showing sources.


def test_every_key_can_be_shown_as_text_and_json(packaged: Catalog) -> None:
    listing = describe(packaged)
    keys = [entry["key"] for entry in listing["entries"]]
    assert set(packaged.parameters) <= set(keys)
    assert set(packaged.targets) <= set(keys)
    cells = [f"{g.name}.{c}" for g in packaged.targets.values() for c in g.cells]
    for key in [None, "growth", *keys, *cells, *packaged.sources]:
        found = describe(packaged, key)
        assert render_text(found)
        assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_text_shows_value_unit_population_status_and_sources(packaged: Catalog) -> None:
    text = render_text(describe(packaged, "screening.sensitivity_slope"))
    for part in ("0.56", "logit/mm", "Swedish screening", "verified", "NH3-027", "Gasparini"):
        assert part in text
    assert "NOT VERIFIED" in render_text(describe(packaged, "imaging.limit_mm"))
    assert "https://breast-cancer-research" in render_text(describe(packaged, "growth_10_20.mean"))
    assert describe(packaged, "woman.her2_low")["verified"] is False


def test_unknown_key_names_the_nearest(packaged: Catalog) -> None:
    with pytest.raises(InputError, match=r"did you mean 'growth\.log_rate'"):
        describe(packaged, "growth.lograte")
    with pytest.raises(InputError, match="known groups of keys: "):
        describe(packaged, "qqqqqqqq")
