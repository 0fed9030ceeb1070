"""How simulated women are treated so that they are treated as those of a registry were.

What the extract says of a woman's adjuvant therapy is followed. What it does not say is not "not
given": she is compared with women simulated under the policy of her time, in whatever shares that
policy gives the therapy. The time is the year of her diagnosis; where that is not known either, the
default of `seedsoil run` holds, and the headline says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.catalog import lookup
from seedsoil.display.words import listed, of_women, whole
from seedsoil.errors import InputError, whole_number
from seedsoil.run.simulate import ADJUVANT, STRATEGY
from seedsoil.vocabulary import UNTREATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.matching.cohort import Cohort
    from seedsoil.results.columns import Floats, Integers

AUTO = "auto"
"""Adjuvant therapy as the file says it, and what it leaves open by the policy of the time."""
MOST_CARES = 96
FIRST_YEAR, LAST_YEAR = 1900, 2100

ARMS = {
    (False, False): "none",
    (True, False): "endocrine-5y",
    (False, True): "chemo",
    (True, True): "2000s",
}
"""The adjuvant policy under which women who had (endocrine therapy, chemotherapy) are simulated, in
times without trastuzumab.

No arm gives both to everyone, so those who had exactly both are taken from an era in which most
node-positive HR+ women did.
"""


class Care(NamedTuple):
    """What was given to some registry women, and under what women like them are simulated.

    `endocrine` and `chemo`: adjuvant therapies given, or None where that is not known. `adjuvant` is
    the policy simulated, of which the women who had what is known are taken; `exactly` those who had
    no other therapy besides. `strategy` treats their metastases.
    """

    endocrine: bool | None
    chemo: bool | None
    adjuvant: str
    exactly: bool
    strategy: str

    @property
    def therapy(self) -> str:
        """The adjuvant therapy in words, what is not known included."""
        known = [
            name for name, given in (("chemo", self.chemo), ("endocrine", self.endocrine)) if given
        ]
        unknown = [
            name
            for name, given in (("chemo", self.chemo), ("endocrine", self.endocrine))
            if given is None
        ]
        if len(unknown) == 2:
            return "not known"
        return ("+".join(known) or "none") + (f" ({unknown[0]} not known)" if unknown else "")

    def takes(self, therapies: Iterable[str]) -> bool:
        """Whether a simulated woman who had these therapies was treated so."""
        had = {therapy for therapy in therapies if therapy != "none"}
        for name, given in (("endocrine", self.endocrine), ("chemo", self.chemo)):
            if given is not None and given != (name in had):
                return False
        return not self.exactly or had <= {"endocrine", "chemo"}


@dataclass(frozen=True)
class Cares:
    """How each registry woman was cared for: `of`, an index into `cares`, one a woman.

    `known` counts women whose adjuvant therapy is known as far as it matters, `partly` those of whom
    one of two therapies is; `disregarded` ER- women whose endocrine therapy is not followed.
    `strategies` holds the strategies by name; None is the natural course. `eras` and
    `strategy_names` are the policies that women's times led to, `by_year` whether those came from
    years of diagnosis: "file", "stated" or None for the default.
    """

    of: Integers
    cares: tuple[Care, ...]
    strategies: Mapping[str, Strategy | None]
    known: int
    partly: int
    unknown: int
    disregarded: int
    adjuvant_stated: bool
    strategy_stated: bool
    by_year: str | None
    without_year: int
    eras: tuple[str, ...]
    strategy_names: tuple[str, ...]

    @property
    def guessed(self) -> tuple[str, ...]:
        """The policies that are defaults, since nobody said when the women were diagnosed."""
        if self.by_year:
            return ()
        adjuvant = not self.adjuvant_stated and not all(care.exactly for care in self.cares)
        strategies = () if self.strategy_stated else self.strategy_names
        return (self.eras if adjuvant else ()) + strategies


def choose(
    cohort: Cohort,
    catalog: Catalog,
    *,
    adjuvant: str,
    strategy: str | Path | Strategy,
    era: int | None,
    treated: bool,
) -> Cares:
    """The care of each woman of an extract.

    `adjuvant` and `strategy` are policies for all women, or `AUTO`: what the file says and the time
    of diagnosis decide. `era` is the year of diagnosis of women for whom the file has none.
    `treated`: whether the treatment of metastases bears on the endpoint.

    Raises InputError for a name or year that is none.
    """
    if adjuvant != AUTO:
        catalog.adjuvant_era(adjuvant)
    if era is not None:
        whole_number("era", era, least=FIRST_YEAR, most=LAST_YEAR)
    year = cohort.year if era is None else np.where(np.isnan(cohort.year), float(era), cohort.year)
    eras = {n: e.since for n, e in catalog.policies.adjuvant.items() if e.since is not None}
    strategies: dict[str, Strategy | None] = {}
    stated = None if strategy == AUTO else lookup.strategy(strategy, catalog=catalog)
    if not treated:
        strategy_of = [UNTREATED] * cohort.women
        strategies[UNTREATED] = None
    elif strategy != AUTO:
        name = UNTREATED if stated is None else stated.name
        strategies[name] = stated
        strategy_of = [name] * cohort.women
    else:
        times = {n: s.since for n, s in catalog.strategies.items() if s.since is not None}
        strategy_of = _of_the_time(year, times, STRATEGY)
        strategies.update({n: catalog.strategies[n] for n in set(strategy_of)})
    if adjuvant != AUTO:
        cares = [Care(None, None, adjuvant, False, name) for name in strategy_of]
        policy_of, disregarded = [adjuvant] * cohort.women, 0
    else:
        policy_of = _of_the_time(year, eras, ADJUVANT)
        cares, disregarded = _as_given(cohort, catalog, policy_of, strategy_of)
    distinct = sorted(set(cares), key=lambda c: tuple(str(part) for part in c))
    if len(distinct) > MOST_CARES:
        raise InputError(
            f"{cohort.path}: {len(distinct)} combinations of therapy and era; at most {MOST_CARES} "
            "can be compared. State one policy for all"
        )
    place = {care: index for index, care in enumerate(distinct)}
    unknown = sum(c.endocrine is None and c.chemo is None for c in cares)
    known = sum(c.endocrine is not None and c.chemo is not None for c in cares)
    return Cares(
        of=np.array([place[care] for care in cares], dtype=np.int64),
        cares=tuple(distinct),
        strategies=strategies,
        known=known,
        partly=cohort.women - known - unknown,
        unknown=unknown,
        disregarded=disregarded,
        adjuvant_stated=adjuvant != AUTO,
        strategy_stated=strategy != AUTO,
        by_year="file" if not np.isnan(cohort.year).all() else "stated" if era else None,
        without_year=int(np.isnan(year).sum()),
        eras=tuple(sorted(set(policy_of))),
        strategy_names=tuple(sorted(set(strategy_of))) if treated else (),
    )


def _of_the_time(year: Floats, since: Mapping[str, int], default: str) -> list[str]:
    """The policy that began latest up to each year, the first for years before, else the default."""
    names = sorted(since, key=lambda name: since[name])
    starts = np.array([since[name] for name in names], dtype=np.float64)
    found = []
    for one in year:
        if np.isnan(one) or not names:
            found.append(default)
        else:
            found.append(names[max(0, int(np.searchsorted(starts, one, side="right")) - 1)])
    return found


def _as_given(
    cohort: Cohort, catalog: Catalog, policy_of: list[str], strategy_of: list[str]
) -> tuple[list[Care], int]:
    """The care of women of whom the file says what they were given, as far as it does.

    The model gives endocrine therapy to hormone-receptor-positive women only (it does nothing in
    the others), so ER- women count as having had none; those who had it are counted.
    """
    nothing = np.zeros(cohort.women, dtype=np.bool_)
    endocrine = nothing if cohort.endocrine is None else cohort.endocrine
    chemo = nothing if cohort.chemo is None else cohort.chemo
    modern = {
        name: any(rule.therapy == "trastuzumab" and rule.share > 0 for rule in era.give)
        for name, era in catalog.policies.adjuvant.items()
    }
    cares = []
    for index, (policy, strategy) in enumerate(zip(policy_of, strategy_of, strict=True)):
        given = {
            "endocrine": bool(endocrine[index]) if cohort.endocrine_known[index] else None,
            "chemo": bool(chemo[index]) if cohort.chemo_known[index] else None,
        }
        if not cohort.er[index]:
            # Alone it says nothing of an ER- woman: without chemotherapy she stays unknown.
            given["endocrine"] = False if given["chemo"] is not None else None
        both = given["endocrine"] is not None and given["chemo"] is not None
        exactly = both and not modern[policy]
        if exactly:
            policy = ARMS[bool(given["endocrine"]), bool(given["chemo"])]
        cares.append(Care(given["endocrine"], given["chemo"], policy, exactly, strategy))
    had = endocrine & cohort.endocrine_known & ~cohort.er
    return cares, int(had.sum())


def headline(cares: Cares, screening: str) -> str:
    """Under which policies the simulated women were treated, as a part of the headline."""
    women = len(cares.of)
    time = f"the policy of the time: {_names(cares.eras, cares)}"
    if cares.adjuvant_stated:
        parts = [f"adjuvant therapy by the policy {cares.eras[0]}"]
    elif cares.known == women:
        parts = ["with the same adjuvant therapy"]
        if any(not care.exactly for care in cares.cares):
            parts[0] += f" and trastuzumab by {time}"
    elif cares.unknown == women:
        parts = [f"adjuvant therapy not known, by {time}"]
    else:
        some = [f"{whole(cares.unknown)} whose adjuvant therapy is not known"] * bool(cares.unknown)
        some += [f"{whole(cares.partly)} of whom a part of it is"] * bool(cares.partly)
        parts = [f"with the same adjuvant therapy, {listed(some)} by {time}"]
    if cares.strategy_names:
        names = cares.strategy_names
        stated = names[0] if cares.strategy_stated else _names(names, cares)
        course = names == (UNTREATED,)
        parts.append(
            "metastases not treated" if course else f"metastases treated by strategy {stated}"
        )
    parts.append("no screening" if screening == "none" else f"screening {screening}")
    return "; ".join(parts)


def _names(names: tuple[str, ...], cares: Cares) -> str:
    if cares.by_year == "file":
        some = f", {of_women(cares.without_year)} without a year by default" * bool(
            cares.without_year
        )
        return f"{listed(list(names))}, by year of diagnosis{some}"
    return f"{listed(list(names))}, {'by the year stated' if cares.by_year else 'the default'}"
