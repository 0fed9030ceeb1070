"""One-line changes of the model's numbers: what they name, what they make of it, and where it is said."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import seedsoil as ss
from seedsoil.catalog import Catalog, load
from seedsoil.catalog.overrides import overridden
from seedsoil.cli import main
from seedsoil.errors import DataErrors

FULVESTRANT = "fulvestrant.er_antagonism"


@pytest.fixture(scope="module")
def packaged() -> Catalog:
    return load()


def changed(catalog: Catalog, *changes: str) -> dict[str, float]:
    made = overridden(catalog, changes)
    found = {name: float(change["to"]) for name, change in made.changed.items()}
    for name, value in found.items():
        key, _, item = name.partition(":")
        assert made.value(key, item or None) == value
        assert made.changed[name]["from"] == catalog.value(key, item or None)
    return found


def test_a_value_replaces_the_number(packaged: Catalog) -> None:
    assert changed(packaged, "growth.log_rate:tnbc=-1.5") == {"growth.log_rate:tnbc": -1.5}
    assert changed(packaged, " growth.log_rate.tnbc = -15e-1 ") == {"growth.log_rate:tnbc": -1.5}


def test_a_percentage_is_of_the_quantity_and_not_of_its_logarithm(packaged: Catalog) -> None:
    name = f"drug.log_kill:{FULVESTRANT}"
    kill = math.exp(packaged.value("drug.log_kill", FULVESTRANT))
    for key in (name, name.replace(":", "."), "drug.log_kill:fulvestrant"):
        found = changed(packaged, f"{key}=+20%")
        assert list(found) == [name]
        assert math.exp(found[name]) == pytest.approx(1.2 * kill)
    share = packaged.value("dormancy.share", "hr_pos_her2_neg")
    assert changed(packaged, "dormancy.share:hr_pos_her2_neg=-5 %") == {
        "dormancy.share:hr_pos_her2_neg": pytest.approx(0.95 * share)
    }
    tens = next(p for p in packaged.parameters.values() if p.unit == "log10(cells)")
    [(item, before)] = list(tens.values.items())[:1]
    key = f"{tens.key}:{item}" if item else tens.key
    [after] = changed(packaged, f"{key}=+10%").values()
    assert 10**after == pytest.approx(1.1 * 10**before)


def test_a_percentage_goes_for_all_items_that_the_key_names(packaged: Catalog) -> None:
    found = changed(packaged, "growth.log_rate=+10%")
    assert len(found) == len(packaged.parameter("growth.log_rate").values) == 4
    for name, value in found.items():
        before = packaged.value("growth.log_rate", name.partition(":")[2])
        assert value == pytest.approx(before + math.log(1.1))


def test_several_changes_are_made_together(packaged: Catalog) -> None:
    shares = packaged.parameter("woman.subtype_share").values
    tnbc, other = shares["tnbc"] + 0.1, shares["hr_pos_her2_neg"] - 0.1
    made = changed(
        packaged,
        f"woman.subtype_share:tnbc={tnbc!r}",
        f"woman.subtype_share:hr_pos_her2_neg={other!r}",
    )
    assert made["woman.subtype_share:tnbc"] == pytest.approx(tnbc)


@pytest.mark.parametrize(
    "change, words",
    [
        (
            "growth.log_rte:tnbc=1",
            "unknown parameter 'growth.log_rte'; did you mean 'growth.log_rate'",
        ),
        ("growth.log_rate:tnbk=1", "unknown item 'tnbk'; did you mean 'tnbc'"),
        ("drug.log_kill:fulvestrnt=+1%", "unknown item 'fulvestrnt'; did you mean 'fulvestrant."),
        ("drug.log_kill:letro=+1%", "unknown item 'letro'"),
        ("growth.log_rate=1", "has 4 numbers; name one, such as growth.log_rate:hr_pos_her2_neg"),
        ("growth.log_rate:tnbc", "write KEY=VALUE or KEY=[+]20%"),
        ("=3", "write KEY=VALUE"),
        ("growth.log_rate:tnbc=", "write KEY=VALUE"),
        ("growth.log_rate:tnbc=20%", "write [+]20% or -20%"),
        ("growth.log_rate:tnbc=+1", "write 1 for a new value, or [+]1% for a change"),
        ("growth.log_rate:tnbc=fast", "'fast' is neither a number nor a change"),
        ("growth.log_rate:tnbc=nan", "'nan' is neither a number"),
        ("growth.log_rate:tnbc=-100%", "a change is above -100%"),
        ("growth.log_rate:tnbc=1e9", "--set: growth.log_rate:tnbc: .* out of range; allowed"),
        ("woman.subtype_share:tnbc=0.5", "--set: woman.subtype_share: the shares sum to"),
        ("adjuvant.endocrine_log_odds=+20%", "is in log-odds, of which no percentage can be taken"),
        ("detection.log_hazard:x=1", "single number and has no item 'x'|unknown item 'x'"),
    ],
)
def test_a_change_that_cannot_be_is_one_line(packaged: Catalog, change: str, words: str) -> None:
    with pytest.raises(DataErrors, match=words) as caught:
        overridden(packaged, [change])
    assert len(caught.value.problems) == 1


def test_all_that_is_wrong_is_told_at_once(packaged: Catalog) -> None:
    with pytest.raises(DataErrors) as caught:
        overridden(packaged, ["growth.log_rat:tnbc=1", "growth.log_rate:tnbc=x", "a"])
    assert len(caught.value.problems) == 3
    with pytest.raises(DataErrors, match="tnbc is set twice"):
        overridden(packaged, ["growth.log_rate:tnbc=-1", "growth.log_rate=+1%"])


def test_what_is_set_back_is_not_changed(packaged: Catalog) -> None:
    before = packaged.value("growth.log_rate", "tnbc")
    made = packaged.with_values({"growth.log_rate:tnbc": -1.5})
    assert made.with_values({"growth.log_rate:tnbc": -1.6}).changed == {
        "growth.log_rate:tnbc": {"from": before, "to": -1.6, "unit": "ln(1/year)"}
    }
    assert made.with_values({"growth.log_rate:tnbc": before}).changed == {}


CHANGE = ("--set", "dormancy.share=-10%")
TOLD = "numbers changed: dormancy.share"


def test_a_run_records_what_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--women", "300", "--out", "mine", *CHANGE]) == 0
    assert TOLD in capsys.readouterr().err
    manifest = json.loads(Path("mine/manifest.json").read_text())
    made = overridden(load(), [CHANGE[1]])
    assert manifest["changed"] == made.changed
    assert manifest["parameters_hash"] == made.hash() != load().hash()
    head = Path("mine/report.html").read_text("utf-8").partition("</header>")[0]
    assert "Numbers of the model were changed: dormancy.share:hr_pos_her2_neg" in head
    assert "numbers changed dormancy.share" in repr(ss.open_run("mine"))
    same = ss.simulate(300, catalog=made)
    assert same.patients.combine_chunks().equals(ss.open_run("mine").patients)


def test_the_other_commands_say_what_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["patient", "24", "--out", "her.html", *CHANGE]) == 0
    told = capsys.readouterr()
    assert TOLD in told.err
    assert "Numbers changed: dormancy.share" in told.out
    assert "Numbers changed: dormancy.share" in Path("her.html").read_text("utf-8")
    arguments = ["none", "2022", "--women", "300", "--out", "both", "--json"]
    assert main(["compare", *arguments, *CHANGE]) == 0
    assert set(json.loads(capsys.readouterr().out)["changed"]) == set(
        overridden(load(), [CHANGE[1]]).changed
    )
    head = Path("both/report.html").read_text("utf-8").partition("</header>")[0]
    assert "Numbers of the model were changed: dormancy.share" in head


def test_a_trial_of_changed_numbers_claims_no_agreement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    kill = "drug.log_kill:fulvestrant=+20%"
    arguments = ["PALOMA-3", "--women", "16000", "--replicates", "100"]
    assert main(["trial", *arguments, "--set", kill, "--out", "mine"]) == 0
    out = capsys.readouterr().out
    assert f"Numbers were changed (drug.log_kill:{FULVESTRANT}" in out
    assert "this is not the model as it was fitted and checked" in out
    manifest = json.loads(Path("mine/manifest.json").read_text())
    assert manifest["changed"] == overridden(load(), [kill]).changed
    head = Path("mine/report.html").read_text("utf-8").partition("</header>")[0]
    assert "Numbers of the model were changed: drug.log_kill" in head
