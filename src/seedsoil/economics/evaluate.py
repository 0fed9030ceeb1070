"""`evaluate()`: costs and quality-adjusted years of strategies on the same women, and what follows."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from seedsoil._version import __version__
from seedsoil.catalog import load
from seedsoil.catalog.cost_items import cost_items
from seedsoil.display.words import percent
from seedsoil.economics import probabilistic, tables
from seedsoil.economics.answers import Evaluation
from seedsoil.economics.asked import Asked, check_horizon, thresholds_of, two_or_more
from seedsoil.economics.cohort import Counting, simulated
from seedsoil.economics.evaluation import DETERMINISTIC, DRAWN, PROBABILISTIC
from seedsoil.economics.levers import price_levers, utility_levers
from seedsoil.economics.parameter_draws import SAYS
from seedsoil.economics.prices import Prices
from seedsoil.economics.psa import Uncertain, drawn
from seedsoil.economics.reference_case import ReferenceCase
from seedsoil.economics.scenario import Scenario, scenarios_of
from seedsoil.economics.sensitivity import one_way_table, threshold_prices_table
from seedsoil.economics.severity import severity_table
from seedsoil.economics.tables import (
    Frame,
    prices_table,
    quantities_table,
    scenario_rows,
    table,
    utilities_table,
    yearly_table,
)
from seedsoil.economics.telling import most_telling
from seedsoil.economics.used_items import items_of
from seedsoil.errors import InputError, text, whole_number
from seedsoil.results.burden import check_division, division_names
from seedsoil.results.columns import ALL_WOMEN, chosen
from seedsoil.results.discounting import Discounting
from seedsoil.run.simulate import ADJUVANT, SCREENING, check_policies, strategy_hash
from seedsoil.simulation.shards import check_cohort

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.catalog import Catalog
    from seedsoil.economics.asked import StrategyName
    from seedsoil.economics.books import Books
    from seedsoil.economics.cohort import Cohort
    from seedsoil.economics.decision.decision import Decision
    from seedsoil.economics.evaluation import Psa

WOMEN = 10_000
MOST_DRAWS = 100_000


def evaluate(
    strategies: Sequence[StrategyName],
    *,
    perspective: str | Path = "uk-nhs",
    reference_case: str = "nice",
    women: int = WOMEN,
    seed: int = 1,
    psa: int | None = None,
    parameters: str | None = None,
    by: str | None = None,
    thresholds: Sequence[float] | float | None = None,
    horizon: float | None = None,
    societal: bool = False,
    scenarios: Sequence[str | Path] = (),
    threads: int | None = None,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    catalog: Catalog | None = None,
    progress: Callable[[int], None] | None = None,
    keep: Path | None = None,
) -> Evaluation:
    """What each strategy costs and gives, and which is worth its cost; the first is the reference.

        cost = Σ price · ∫ quantity · D(t),   QALY = ∫ u(t) D(t) dt,   net benefit = threshold · QALY - cost

    from the day metastatic disease is found (clock zero) to death or the horizon, D of the reference case,
    on the same women under every strategy; means are of a woman whose metastatic disease is found in life.

    `strategies`: names of the catalog, paths of TOML files, or `Strategy` objects; two or more.
    `perspective`: whose prices, by name or of a TOML file; `reference_case`: nice, cda-amc, icer or
    second-panel, whose rates, horizon, thresholds and severity weights are taken; `thresholds` (money a
    QALY) and `horizon` (years) go before them. `women`: how many are simulated, from the first malignant
    cell, for the base case and for each draw. `psa`: how many sets of prices, use, utilities and
    parameters of the model are drawn, each on women of its own (None: no probabilistic analysis);
    `parameters`: how those of the model are drawn, "posterior", "fit", "priors" or "fixed", see
    `Evaluation.notes`; by default from the posterior where the catalog has its draws, else from the fit.
    `by`: groups on the same women, divided by subtype, age, stage, presentation, t_stage, n_stage, burden
    or organs. `societal`: lost work, informal care and travel count too. `scenarios`: TOML files that say
    what is otherwise. `keep`: a directory for draws that are done, from which an interrupted analysis goes
    on; it goes away when the result is saved. `progress` is called with the women done since the last
    call, under all strategies. Other arguments as of `simulate`; the result does not depend on `threads`.

    Raises `InputError` for what cannot be used, with the nearest name: a drug without a price, thresholds
    in another currency, a horizon of 0, one strategy, "untreated".

    Examples:
        >>> import seedsoil as ss
        >>> found = ss.evaluate(["pre-2013", "2022"], women=1_000, seed=1)
        >>> found.row("costs", strategy="2022", category="total")["difference"] > 0
        True
        >>> found.currency, found.price_year
        ('GBP', 2024)
    """
    check_policies(screening, adjuvant, catalog, progress)
    check_division(by)
    catalog = catalog or load()
    names, found = two_or_more(strategies, catalog)
    case = ReferenceCase.load(
        text("reference_case", reference_case, example="nice").lower(), catalog
    )
    own = {name for strategy in found for name in strategy.drugs}
    prices = Prices.load(perspective, catalog, drugs=own)
    years = case.horizon if horizon is None else check_horizon(horizon)
    asked = Asked(
        names=names,
        strategies=found,
        catalog=catalog,
        prices=prices,
        case=case,
        costs=_discounting(case.discount_costs, case, years),
        effects=_discounting(case.discount_effects, case, years),
        thresholds=thresholds_of(thresholds, case, prices, catalog),
        women=women,
        seed=seed,
        threads=check_cohort(women, seed, 0, threads),
        screening=screening,
        adjuvant=adjuvant,
        by=by,
    )
    if psa is not None:
        whole_number("psa", psa, least=2, most=MOST_DRAWS)
        check_cohort(women * psa, seed, 0, threads)
    parameters = parameters or ("posterior" if catalog.posteriors else "fit")
    chosen("parameters", parameters, DRAWN)
    if psa is not None and parameters == "posterior":
        _require_posterior(catalog)
    items = items_of(found, catalog, societal=bool(societal))
    prices.vector(items)  # which names those without a price
    others = scenarios_of(scenarios, asked)
    for other in others:
        other.asked.prices.vector(items)

    levers, sets = utility_levers(catalog)
    cohort = simulated(Counting(asked, items, tuple(sets)), progress)
    if cohort.books.women(ALL_WOMEN) < 2:
        raise InputError(
            f"metastatic disease was found in {cohort.books.women(ALL_WOMEN)} of {women:,} women; "
            "simulate more"
        )
    frame = frame_of(asked, items, cohort)
    levers = [*price_levers(prices, items), *levers]
    draws = None if psa is None else _draws(asked, frame, psa, parameters, keep, progress)
    books = cohort.books
    decisions = {} if draws is None else probabilistic.decisions_of(draws, asked)
    basis = PROBABILISTIC if draws is not None and case.probabilistic else DETERMINISTIC
    return Evaluation(
        strategies=names,
        perspective=prices.perspective.name,
        reference_case=case.name,
        currency=prices.currency,
        price_year=prices.price_year,
        women=women,
        found=books.women(ALL_WOMEN),
        groups=frame.groups,
        by=by,
        categories=frame.categories,
        items=items,
        thresholds=asked.thresholds,
        discounting={
            "costs": asked.costs.rate,
            "effects": asked.effects.rate,
            "form": asked.costs.form,
            "horizon": asked.horizon,
            "clock_zero": "the day metastatic disease is found",
        },
        quantities=quantities_table(books, frame),
        prices=prices_table(prices, frame),
        utilities=utilities_table(catalog, levers),
        **_results(books, frame, draws, decisions, basis),
        acceptability=table("acceptability", probabilistic.acceptability_rows(decisions)),
        yearly=yearly_table(books, frame, frame.groups),
        severity=severity_table(cohort, frame, case),
        one_way=one_way_table(books, frame, levers),
        threshold_prices=threshold_prices_table(books, frame, levers),
        scenarios=_scenarios_table(others, items, frame, books, basis, progress),
        budgets=table("budgets", ()),
        studies=table("studies", ()),
        provenance=_provenance(asked, cohort, psa, parameters),
        psa=draws,
        decision=decisions.get(ALL_WOMEN),
        decisions=decisions,
        basis=basis,
        notes=_notes(asked, cohort, draws, decisions, bool(societal)),
        books=books,
        frame=frame,
        asked=asked,
        levers=tuple(levers),
        at_rates=tables.at_rates_of(books, frame, asked),
        who=cohort.who,
        case=case.entry,
        kept=keep if draws is not None else None,
    )


def _require_posterior(catalog: Catalog) -> None:
    """Refuse draws that there are not, or that belong to other numbers, before the work."""
    try:
        _ = catalog.posterior
    except InputError as error:
        raise InputError(f"psa: {error} (parameters may be drawn otherwise: fit)") from None


def _discounting(rate: float, case: ReferenceCase, horizon: float) -> Discounting:
    return Discounting(rate, case.entry.discount_form, horizon)


def frame_of(asked: Asked, items: tuple[str, ...], cohort: Cohort) -> Frame:
    """What the tables are divided by, at the prices of the question."""
    known = cost_items([*asked.catalog.drugs, *(n for s in asked.strategies for n in s.drugs)])
    order = (ALL_WOMEN, *division_names(asked.by))
    return Frame(
        strategies=asked.names,
        groups=tuple(name for name in order if name in cohort.expected),
        items=items,
        units=tuple(known[item].unit for item in items),
        categories_of=tuple(known[item].category for item in items),
        prices=asked.prices.vector(items),
        thresholds=asked.thresholds,
    )


def _draws(
    asked: Asked,
    frame: Frame,
    draws: int,
    how: str,
    keep: Path | None,
    progress: Callable[[int], None] | None,
) -> Psa:
    uncertain = Uncertain.of(asked, frame, how)
    identity = {
        **_identity(asked), "by": asked.by, "parameters": how, "items": list(frame.items),
    }  # fmt: skip
    return drawn(uncertain, draws, place=keep, identity=identity, how=how, progress=progress)


def _results(
    books: Books, frame: Frame, draws: Psa | None, decisions: Mapping[str, Decision], basis: str
) -> dict[str, pa.Table]:
    """What the strategies cost and give, at the numbers in use and over draws, the base case first."""
    rows = {
        "costs": [tables.costs_rows(books, frame)],
        "effects": [tables.effects_rows(books, frame)],
        "incremental": [tables.incremental_rows(books, frame)],
        "net_benefit": [tables.net_benefit_rows(books, frame)],
    }
    if draws is not None:
        rows["costs"].append(probabilistic.costs_rows(draws, frame))
        rows["effects"].append(probabilistic.effects_rows(draws, frame))
        rows["incremental"].append(probabilistic.incremental_rows(decisions))
        rows["net_benefit"].append(probabilistic.net_benefit_rows(decisions, frame))
    order = -1 if basis == PROBABILISTIC else 1
    return {
        name: table(name, itertools.chain.from_iterable(parts[::order]))
        for name, parts in rows.items()
    }


def _scenarios_table(
    scenarios: Sequence[Scenario],
    items: tuple[str, ...],
    frame: Frame,
    books: Books,
    basis: str,
    progress: Callable[[int], None] | None,
) -> pa.Table:
    name = "base case" if basis == DETERMINISTIC else "numbers in use"
    rows = scenario_rows(name, books, frame) if scenarios else []
    for one in scenarios:
        _, sets = utility_levers(one.asked.catalog)
        cohort = simulated(Counting(one.asked, items, tuple(sets[:1]), further=False), progress)
        rows += scenario_rows(one.name, cohort.books, frame_of(one.asked, items, cohort))
    return table("scenarios", rows)


def _identity(asked: Asked) -> dict[str, Any]:
    """What of the question decides its draws."""
    from seedsoil.economics.identity import prices_hash

    return {
        "seedsoil": __version__,
        "strategies": list(asked.names),
        "strategy_hashes": [strategy_hash(strategy) for strategy in asked.strategies],
        "women": asked.women,
        "seed": asked.seed,
        "screening": asked.screening,
        "adjuvant": asked.adjuvant,
        "perspective": asked.prices.perspective.name,
        "reference_case": asked.case.name,
        "discount_costs": asked.costs.rate,
        "discount_effects": asked.effects.rate,
        "form": asked.costs.form,
        "horizon": None if math.isinf(asked.horizon) else asked.horizon,
        "parameters_hash": asked.catalog.hash(),
        "prices_hash": prices_hash(asked),
        **({"changed": dict(asked.catalog.changed)} if asked.catalog.changed else {}),
    }


def _provenance(asked: Asked, cohort: Cohort, draws: int | None, how: str) -> Mapping[str, Any]:
    return {
        **_identity(asked),
        "price_year": asked.prices.price_year,
        "currency": asked.prices.currency,
        "thresholds": list(asked.thresholds),
        "by": asked.by,
        "women_found": cohort.books.women(ALL_WOMEN),
        "truncated_lesions": cohort.truncated,
        "draws": draws,
        "parameters": how if draws is not None else None,
    }


def _notes(
    asked: Asked,
    cohort: Cohort,
    draws: Psa | None,
    decisions: Mapping[str, Decision],
    societal: bool,
) -> tuple[str, ...]:
    """What whoever reads a result must know of it."""
    mean_of_draws = draws is not None and asked.case.probabilistic
    notes = [
        f"The base case is the mean over draws, as {asked.case.name} asks; what is called deterministic "
        "is of the numbers in use, and so are one-way analysis, threshold prices, severity and scenarios."
        if mean_of_draws
        else "The base case is of the numbers in use; its errors and intervals are of simulation alone.",
        f"Clock zero is the day metastatic disease is found; discounting is {asked.costs.form}, costs at "
        f"{percent(asked.costs.rate)} and effects at {percent(asked.effects.rate)} a year.",
    ]
    if math.isfinite(asked.horizon):
        notes.append(
            f"Costs and effects count for {asked.horizon:g} years; severity counts QALYs to death all the "
            "same, as it is of a lifetime."
        )
    if draws is not None:
        notes.append(f"In the probabilistic analysis {SAYS[draws.drawn]}.")
        notes.append(most_telling(draws, asked.thresholds[0]).words)
        notes += probabilistic.left_out(draws)
        notes += probabilistic.blurred(decisions)
    fits = asked.case.entry.perspectives
    if fits and asked.prices.perspective.name not in fits:
        notes.append(
            f"Reference case {asked.case.name} is meant for {', '.join(fits)}; the prices are those of "
            f"{asked.prices.perspective.name}."
        )
    if societal and "societal" not in asked.case.views:
        notes.append(
            f"Reference case {asked.case.name} asks for no societal view; this one is societal."
        )
    if asked.case.probabilistic and draws is None:
        notes.append(
            f"Reference case {asked.case.name} asks for a probabilistic base case: give psa, 1,000 say."
        )
    if cohort.truncated:
        notes.append(
            f"{cohort.truncated:,} women had more colonies than are kept: what came of others is left out."
        )
    return tuple(notes)
