"""Quantities of care: what each woman used of each item, from the tables of a run.

    Q_i = Σ over events of i: amount,   or   ∫ rate of i dt            undiscounted
    Q_i* = Σ amount · D(t),                  ∫ rate · D(t) dt          discounted, D as in `discounting`

Clock zero is the day metastatic disease is found; women in whom that was at death have nothing to count.
Every dose has its date, every span its ends: there are no cycles and no averages over women. Prices come
afterwards (`costing`), so that another price needs no other simulation.

Not counted, because the model does not hold it: what was spent on the primary, before metastatic disease;
doses reduced, delayed or left out; medicines against nausea and pain (they are part of supportive care);
operations, and radiotherapy but of bone; scans for a symptom that was no progression; care of comorbidity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from seedsoil.catalog import load
from seedsoil.catalog.cost_items import USES, cost_items
from seedsoil.economics import care_use, drug_use
from seedsoil.economics.ledger import Ledger, Women
from seedsoil.economics.prices import Prices
from seedsoil.errors import InputError, nearest, real_number, shown
from seedsoil.results.discounting import Discounting
from seedsoil.run.simulate import strategy_hash
from seedsoil.strategies.measures import Treated
from seedsoil.vocabulary import UNTREATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    import pyarrow as pa

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.results.columns import Floats, Integers

CLOCK = "metastatic"
"""Where years begin: the day metastatic disease is found."""
SOCIETY = "society"
_USE = "a number of 0 or more"
_LEAST_WEEKS = 1.0
"""Between two administrations of a bone agent."""


class TreatedRun(Treated, Protocol):
    """What quantities need of a run: its tables and its manifest (see docs/design.md)."""

    @property
    def drugs(self) -> pa.Table:
        """One row a drug of a line."""

    @property
    def manifest(self) -> dict[str, Any]:
        """How the cohort was made."""


@dataclass(frozen=True)
class Quantities:
    """What the women of a run, or of a shard, used.

    `women`: their numbers; `per_woman` and `discounted`: float64 [women, items], in the `units` of the
    items. Drugs are in mg paid for, at the price of a mg in the cheapest package: whole vials and packs,
    or, where vials are shared, what was used of them. `given`: mg really given, by drug, and `packs`:
    vials, syringes and packs by drug and size, one entry a woman, undiscounted. `life_years` of each woman
    from clock zero to death or the horizon. `at_rates`: float64 [rates, women, items], as each further
    discounting has them, and `yearly`: float64 [women, years, items], undiscounted in each of the first
    years, where these were asked for.
    """

    items: tuple[str, ...]
    units: tuple[str, ...]
    item_categories: tuple[str, ...]
    women: Integers
    per_woman: Floats
    discounted: Floats
    given: Mapping[str, Floats]
    packs: Mapping[str, Floats]
    life_years: Floats
    discounting: Discounting
    at_rates: Floats
    yearly: Floats

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories of costs, in the order of the items."""
        return tuple(dict.fromkeys(self.item_categories))

    def column(self, item: str, *, discounted: bool = False) -> Floats:
        """The amount of one item, one entry a woman. Raises InputError with the nearest name."""
        if item not in self.items:
            hint = nearest(item, self.items)
            raise InputError(f"quantities: no item {shown(item)}. {hint}".rstrip())
        table = self.discounted if discounted else self.per_woman
        return table[:, self.items.index(item)]

    def table(self) -> pa.Table:
        """One row an item that was used: means a woman and their Monte-Carlo standard errors.

        Columns category, item, unit, mean, standard_error, discounted, discounted_standard_error.
        """
        import pyarrow as pa

        used = [k for k in range(len(self.items)) if self.per_woman[:, k].any()]
        n = len(self.women)

        def error(table: Floats, k: int) -> float:
            return float(table[:, k].std(ddof=1) / n**0.5) if n > 1 else float("nan")

        return pa.table(
            {
                "category": [self.item_categories[k] for k in used],
                "item": [self.items[k] for k in used],
                "unit": [self.units[k] for k in used],
                "mean": [float(self.per_woman[:, k].mean()) for k in used],
                "standard_error": [error(self.per_woman, k) for k in used],
                "discounted": [float(self.discounted[:, k].mean()) for k in used],
                "discounted_standard_error": [error(self.discounted, k) for k in used],
            }
        )


def quantities_of(
    run: TreatedRun,
    *,
    perspective: Prices | str | Path = "uk-nhs",
    catalog: Catalog | None = None,
    discount: Discounting | None = None,
    strategy: Strategy | None = None,
    societal: bool | None = None,
    uses: Mapping[str, float] | None = None,
    sharing: str | None = None,
    body: str | None = None,
    items: Sequence[str] | None = None,
    rates: Sequence[Discounting] = (),
    years: int = 0,
) -> Quantities:
    """What each woman of `run` with metastatic disease found in life used, by item.

    `perspective`: its prices, by name or loaded, of which packages, sharing of vials and the table of use
    are read; `discount`: by default 3.5 % a year, continuous, for a lifetime; `strategy`: that of the run,
    if its name is not in the catalog; `societal`: whether lost work, informal care and travel are counted,
    by default as the perspective includes them; `uses`: numbers that go before the table of use, by name;
    `sharing`: "none" or "all", and `body`: the population whose weight and height the women have, before
    those of the perspective; `items`: what is counted, in this order, by default everything. `rates`: further
    discountings, with the horizon of `discount`, by which the same is counted; `years`: of how many first
    years the quantities are told one by one.

    A woman's quantities depend on her rows and her number, not on other women or on how they are cut into
    shards. Raises InputError for a run without such women, a drug without posology and other arguments.
    """
    catalog = catalog or load()
    prices = perspective if isinstance(perspective, Prices) else Prices.load(perspective, catalog)
    discount = discount or Discounting()
    chosen = _strategy_of(run, strategy, catalog)
    use = _uses(prices, uses)
    shared = _shared(prices, sharing)
    head = prices.perspective.head
    with_society = SOCIETY in head.includes if societal is None else societal
    seed = int(run.manifest["seed"])
    dosing = catalog.dosing
    women = Women.of(run.patients, seed, dosing.body(head.body if body is None else body))
    own = list(chosen.drugs) if chosen else []
    added = [name for name in dosing.drugs if f"drug.{name}" not in catalog.costs.items]
    known = cost_items(dict.fromkeys([*catalog.drugs, *own, *added]))
    names = (
        tuple(items)
        if items is not None
        else tuple(
            item
            for item, described in known.items()
            if (with_society or described.category != SOCIETY)
            and item.removeprefix("drug.") not in dosing.made
        )
    )
    for name in names:
        if name not in known:
            hint = nearest(name, known)
            raise InputError(f"items: no item {shown(name)}. {hint}".rstrip())
    ledger = Ledger(women.number, names, discount, rates=rates, years=years)
    lines, symptoms = run.lines, run.symptoms
    spells = drug_use.all_spells(run.drugs, women, discount.horizon)
    used = drug_use.count_drugs(
        ledger, women, spells, dosing, prices=prices.entries, uses=use, shared=shared
    )
    care_use.count_states(ledger, women, care_use.first_progression(lines, women))
    care_use.count_visits(ledger, women, lines, use)
    if chosen is not None:
        scans = care_use.count_scans(
            ledger,
            women,
            lines,
            use,
            scan_weeks=chosen.scan_weeks,
            jitter_weeks=catalog.value("recist.scan_jitter_weeks"),
            seed=seed,
        )
        care_use.count_travel(ledger, [*used.attendances, scans], use)
        if chosen.bone_agent:
            bone = care_use.bone_known(women, lines, symptoms)
            care_use.count_bone_agents(ledger, bone, women, use)
    care_use.count_tests(ledger, women, lines, chosen, use)
    chemotherapy = _chemotherapy(catalog, chosen)
    care_use.count_toxicity(ledger, women, lines, spells, chemotherapy, use)
    care_use.count_symptoms(ledger, women, symptoms, use)
    care_use.count_society(ledger, women, use)
    return Quantities(
        items=names,
        units=tuple(known[name].unit for name in names),
        item_categories=tuple(known[name].category for name in names),
        women=women.patients.column("patient").to_numpy(),
        per_woman=ledger.plain,
        discounted=ledger.discounted,
        given=used.given,
        packs=used.packs,
        life_years=np.minimum(women.died, discount.horizon),
        discounting=discount,
        at_rates=ledger.at_rates,
        yearly=ledger.yearly,
    )


def _strategy_of(run: TreatedRun, strategy: Strategy | None, catalog: Catalog) -> Strategy | None:
    """The strategy that the run was treated by; None if metastatic disease took its natural course."""
    name, made = run.manifest["strategy"], run.manifest.get("strategy_hash")
    if name == UNTREATED and made is None:
        return None
    if strategy is None:
        if name not in catalog.strategies:
            hint = nearest(name, catalog.strategies)
            raise InputError(
                f"strategy: the run was treated by {shown(name)}, which the catalog lacks; give the "
                f"strategy it was made with. {hint}".rstrip()
            )
        strategy = catalog.strategies[name]
    if made is not None and strategy_hash(strategy) != made:
        raise InputError(
            f"strategy: the run was treated by another {shown(name)} than this one; give the strategy it "
            "was made with"
        )
    return strategy


def _uses(prices: Prices, given: Mapping[str, float] | None) -> dict[str, float]:
    found = {name: use.value for name, use in prices.uses.items()}
    for name, value in (given or {}).items():
        if name not in found:
            raise InputError(f"uses: no use {shown(name)}. {nearest(name, found)}".rstrip())
        number = real_number(f"uses: {name}", value, allowed=_USE)
        if not 0.0 <= number < math.inf:
            raise InputError(f"uses: {name}={shown(value)}: must be {_USE}")
        found[name] = number
    where = f"perspective {prices.perspective.name}: use"
    missing = [name for name in USES if name not in found]
    if missing:
        raise InputError(
            f"{where}: missing {', '.join(missing)}; give them as [use.NAME], or extend a perspective that "
            "has them"
        )
    for name in ("denosumab_weeks", "zoledronic_acid_weeks"):
        if not found[name] >= _LEAST_WEEKS:
            raise InputError(
                f"{where}: {name} is {found[name]:g}; it must be {_LEAST_WEEKS:g} or more"
            )
    return found


def _shared(prices: Prices, sharing: str | None) -> bool:
    chosen = prices.perspective.head.vial_sharing if sharing is None else sharing
    if chosen not in ("none", "all"):
        raise InputError(f"sharing={shown(sharing)}: must be 'none' or 'all'")
    return chosen == "all"


def _chemotherapy(catalog: Catalog, strategy: Strategy | None) -> list[str]:
    """Names of the drugs that are chemotherapy; a strategy's own go before the catalog's."""
    drugs = {**catalog.drugs, **(strategy.drugs if strategy else {})}
    return [name for name, drug in drugs.items() if drug.drug_class == "chemotherapy"]
