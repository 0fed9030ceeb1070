"""Published results of economic evaluations, each with the comparison in this model that is nearest to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from seedsoil.catalog.complaints import check_entry, unknown
from seedsoil.catalog.conditions import Conditions, check_conditions
from seedsoil.catalog.entry import Confidence, Entry, Text
from seedsoil.catalog.strategies import Given, Line, Strategy, check_given
from seedsoil.errors import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from seedsoil.catalog.known import Known

Money = Annotated[float, Field(gt=0.0)]
FIRST = (1, 1)


class PublishedValue(Entry):
    """One published result: the new treatment less the old, a woman, in years and in `currency`.

    What was not found is None. `perspective`: whose packaged prices are set beside it; None where no packaged
    prices are of its country. `reference_case`: whose discount rates are used.
    """

    study: Text
    country: Text
    perspective: Text | None = None
    reference_case: Text = "second-panel"
    life_years: float | None = None
    qalys: float | None = None
    cost: float | None = None
    icer: Money | None = None
    currency: Text | None = None
    source: Text
    verified: bool
    confidence: Confidence
    note: str = ""


class Comparison(Entry):
    """Two strategies that differ in one line: `base` with a rule before its own that gives `new` or `old`.

    `when`: the women of the rule, which each of them comes to once. `horizon`: years from the line that
    count, None for a lifetime. `outside`: why the model has no such comparison; then nothing else is given.
    """

    description: Text
    base: Text | None = None
    adjuvant: Text | None = None
    when: Conditions | None = None
    new: Given | None = None
    old: Given | None = None
    horizon: Annotated[float, Field(gt=0.0, le=150.0)] | None = None
    outside: Text | None = None
    result: Annotated[list[PublishedValue], Field(min_length=1)]
    note: str = ""

    def strategies(self, known: Mapping[str, Strategy]) -> tuple[Strategy, Strategy]:
        """The strategies of the new and of the old treatment, in this order."""
        assert self.base is not None
        base = known[self.base]
        made = []
        for name, given in (("new", self.new), ("old", self.old)):
            assert given is not None
            rule = Line.model_construct(**{**dict(given), "when": self.when, "sources": []})
            made.append(base.model_copy(update={"name": name, "lines": [rule, *base.lines]}))
        return made[0], made[1]


def build_comparisons(
    where: str,
    table: Mapping[str, Any],
    known: Known,
    cases: Collection[str],
    problems: list[str],
) -> dict[str, Comparison]:
    """The comparisons of a file with a table each; problems are added. `cases`: names of reference cases."""
    found: dict[str, Comparison] = {}
    for name, data in table.items():
        here = f"{where}: {name}"
        if not isinstance(data, dict):
            problems.append(f"{here}: must be a table [{name}], not {shown(data)}")
            continue
        entry = check_entry(Comparison, data, here, problems)
        if entry is None:
            continue
        _check(here, entry, known, cases, problems)
        found[name] = entry
    return found


def _check(
    here: str, entry: Comparison, known: Known, cases: Collection[str], problems: list[str]
) -> None:
    for one in entry.result:
        if one.reference_case not in cases:
            problems.append(unknown(here, "reference case", one.reference_case, cases))
        if (one.cost is not None or one.icer is not None) and one.currency is None:
            problems.append(f"{here}: {one.study}: money has no currency")
    told = {key: getattr(entry, key) for key in ("base", "adjuvant", "when", "new", "old")}
    missing = [key for key, value in told.items() if value is None]
    if entry.outside is not None:
        if len(missing) < len(told):
            problems.append(
                f"{here}: outside the model, but {', '.join(set(told) - set(missing))} given"
            )
        return
    if missing:
        problems.append(f"{here}: missing {', '.join(missing)}; or say why it is outside the model")
        return
    assert entry.when is not None
    assert entry.base is not None
    assert entry.adjuvant is not None
    assert entry.new is not None
    assert entry.old is not None
    if entry.base not in known.strategies:
        problems.append(unknown(here, "strategy", entry.base, known.strategies))
    if entry.adjuvant not in known.eras:
        problems.append(unknown(here, "era of adjuvant therapy", entry.adjuvant, known.eras))
    check_conditions(f"{here}: when", entry.when, known.drugs, problems)
    for key, given in (("new", entry.new), ("old", entry.old)):
        check_given(f"{here}: {key}", given, known, problems)
    both = set(entry.new.regimen) & set(entry.old.regimen)
    if both:
        problems.append(
            f"{here}: new and old share {', '.join(sorted(both))}; the line must differ"
        )
    if entry.horizon is not None and entry.when.line != FIRST:
        problems.append(
            f"{here}: a horizon is counted from the first line alone; when asks for others"
        )
