"""A user's `costs/dosing.toml`: what it may say, and one clear line for each thing that it may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import seedsoil as ss
from seedsoil.errors import DataErrors

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.catalog import Catalog

DRUG = {
    "route": '"infusion"', "dose": "5.0", "unit": '"mg/kg"', "cycle_days": "21", "minutes": "30.0",
    "sizes": "[100.0]", "sources": "[]", "status": '"assumption"', "confidence": '"low"',
}  # fmt: skip
SAID = 'sources = []\nstatus = "assumption"\nconfidence = "low"\n'


def drug(name: str = "mine", **fields: str | None) -> str:
    said = {**DRUG, **fields}
    lines = [f"{key} = {value}" for key, value in said.items() if value is not None]
    return "\n".join([f"[drug.{name}]", *lines, ""])


def loaded(folder: Path, text: str) -> Catalog:
    (folder / "costs").mkdir(exist_ok=True)
    (folder / "costs" / "dosing.toml").write_text(text, encoding="utf-8")
    return ss.load_catalog(folder)


def test_an_entry_replaces_the_packaged_one_and_others_stay(tmp_path: Path) -> None:
    dosing = loaded(tmp_path, drug("trastuzumab", dose="4.0") + drug()).dosing
    assert dosing.given("trastuzumab", "trastuzumab")["trastuzumab"].dose == 4.0
    assert dosing.given("mine", "mine")["mine"].short == "5 mg/kg, day 1 of 21, infusion"
    assert dosing.given("letrozole", "letrozole")["letrozole"].dose == 2.5


def test_the_hash_is_of_what_decides_a_quantity(tmp_path: Path) -> None:
    before = ss.load_catalog().dosing.hash()
    same = loaded(tmp_path, drug("mine")).dosing.hash()
    noted = loaded(tmp_path, drug("mine", note='"another"')).dosing.hash()
    other = loaded(tmp_path, drug("mine", dose="6.0")).dosing.hash()
    assert len({before, same, other}) == 3
    assert same == noted


def test_parts_regimens_and_bodies(tmp_path: Path) -> None:
    text = (
        drug("a") + drug("b") + f'[made.both]\nparts = ["a", "b"]\n{SAID}'
        f'[regimen.mine]\nadds = {{ b = "a" }}\ndrugs = {{ a = {{ dose = 2.0 }} }}\n{SAID}'
        '[body.mine]\ndescription = "x"\nweight = 60.0\nweight_sd = 9.0\nheight = 158.0\n'
        f"height_sd = 6.0\ncorrelation = 0.4\ncreatinine = 0.7\n{SAID}"
    )
    dosing = loaded(tmp_path, text).dosing
    assert list(dosing.given("x", "both")) == ["a", "b"]
    assert dosing.given("mine", "a")["a"].dose == 2.0
    assert dosing.given("other", "a")["a"].dose == 5.0
    assert list(dosing.added("mine", "a")) == ["b"]
    assert dosing.added("mine", "b") == {}
    assert dosing.body("mine").weight == 60.0


@pytest.mark.parametrize(
    "text, said",
    [
        ("[drugs.x]\n", "unknown kind of entry 'drugs'; did you mean 'drug'?"),
        ("drug = 3\n", "drug: must be tables [drug.name]"),
        ("[drug]\nx = 3\n", "drug.x: must be a table, not 3"),
        (drug(dose=None), "drug.mine: field 'dose' is missing"),
        (drug(dose="-1.0"), "drug.mine: dose is -1.0"),
        (drug(route='"infused"'), "drug.mine: route"),
        (drug(minutes=None), "an infusion, and nothing else, has minutes"),
        (drug(route='"injection"'), "an infusion, and nothing else, has minutes"),
        (drug(route='"oral"', minutes=None), "an oral drug needs on_days"),
        (drug(on_days="3"), "on_days is of oral drugs alone"),
        (
            drug(route='"oral"', minutes=None, on_days="21", supply_days="21"),
            "an oral drug is dosed in mg or mg/m2",
        ),
        (drug(days="[1, 22]"), "day 22 is after the cycle of 21 days"),
        (drug(sizes="[0.123]"), "0.123 mg is finer than a hundredth of a mg"),
        (drug(sizes="[]"), "sizes is empty"),
        (drug(days="[]"), "days is empty"),
        (drug(sources='["X-1"]'), "unknown source 'X-1'"),
        (drug(status='"verified"'), "source missing"),
        (drug(dosage="3.0"), "unknown field 'dosage'; did you mean 'dose'?"),
        (f'[made.x]\nparts = ["letrozole", "letrozol"]\n{SAID}', "did you mean 'letrozole'?"),
        (f'[regimen.x]\nadds = {{ cyclo = "doxorubicin" }}\n{SAID}', "unknown drug 'cyclo'"),
        (f"[regimen.x]\ndrugs = {{ docetaxel = {{ dos = 1.0 }} }}\n{SAID}", "unknown field 'dos'"),
        (f"[regimen.x]\ndrugs = {{ docetaxl = {{ dose = 1.0 }} }}\n{SAID}", "'docetaxel'"),
        (f"[regimen.x]\ndrugs = {{ docetaxel = {{ days = [30] }} }}\n{SAID}", "day 30 is after"),
        (f"[body.x]\nweight = 60.0\n{SAID}", "body.x: field 'description' is missing"),
        ("[drug.x\n", "is not valid TOML"),
    ],
)
def test_a_problem_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataErrors) as caught:
        loaded(tmp_path, text)
    assert any(said in problem for problem in caught.value.problems), caught.value.problems
    assert all("costs/dosing.toml" in problem for problem in caught.value.problems)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataErrors) as caught:
        loaded(tmp_path, drug("a", dose=None) + drug("b", minutes=None) + "[body.c]\n")
    told = "\n".join(caught.value.problems)
    assert "drug.a" in told
    assert "drug.b" in told
    assert "body.c" in told
