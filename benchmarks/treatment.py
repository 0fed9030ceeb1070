"""What is measured of treatment: women with metastatic disease followed to death, and where the time goes."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.measure import Line, _best


def followed(*, women: int, repeats: int) -> list[Line]:
    """Women a second and core from the day metastatic disease is found to death, by strategy.

    Where the time goes is read off variants of the same women: without any line of therapy, without
    colonies that metastases found under treatment, and with one lesion each.
    """
    import numpy as np

    from seedsoil.catalog import load
    from seedsoil.model.treatment.plan import Plan, treatment_plan
    from seedsoil.simulation.follow import follow
    from seedsoil.simulation.population import Population, population

    catalog = load()
    cohort = population(catalog, women, adjuvant="2013+")

    def timed(people: Population, plan: Plan) -> float:
        follow(people, plan)  # loads the machine code
        return 1e6 * _best(repeats, partial(follow, people, plan)) / people.size

    def changed(**fields: Any) -> Population:
        other = cohort.women.copy().view(np.recarray)
        for name, value in fields.items():
            other[name] = value
        return Population(
            cohort.parameters,
            other,
            cohort.initial_lesions,
            cohort.first_lesion_of,
            cohort.simulated,
        )

    plans = {
        name: treatment_plan(catalog, cohort.parameters, before=catalog.strategy(name))[0]
        for name in ("2022", "pre-2013", "none")
    }
    cost = {name: timed(cohort, plan) for name, plan in plans.items()}
    childless = timed(changed(log_shedding=-100.0), plans["2022"])
    lonely = timed(
        changed(log_shedding=-100.0, lesions=np.minimum(cohort.women.lesions, 1)), plans["2022"]
    )
    return [
        Line(
            "metastatic women to death, strategy 2022",
            1e6 / cost["2022"],
            "women/s/core",
            "≥ 40,000",
        ),
        Line(
            "metastatic women to death, strategy pre-2013", 1e6 / cost["pre-2013"], "women/s/core"
        ),
        Line("metastatic women to death, no therapy", 1e6 / cost["none"], "women/s/core"),
        Line("a woman under 2022", cost["2022"], "µs"),
        Line("of it colonies founded under treatment", cost["2022"] - childless, "µs"),
        Line("of it lesions beyond the first", childless - lonely, "µs"),
        Line("of it lines, scans, one lesion", lonely, "µs"),
    ]
