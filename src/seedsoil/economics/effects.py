"""Life years and quality-adjusted years of every woman, by state and as a reference case discounts them.

    QALY = Σ u(piece) · ∫_piece D(t) dt

over the pieces of her course since metastatic disease was found, in each of which her utility u is constant
(`results/quality_pieces.py`). A life year is a QALY with u = 1. As u is the worth of a part of life, one of
PARTS, times the factors of toxicity and symptoms, QALY = Σ worth · (years times these factors): other worths
need no other simulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.evaluation import EFFECTS, PARTS, STATES
from seedsoil.results.quality_pieces import PROGRESSED, RESPONSE, pieces_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Floats, Integers
    from seedsoil.results.discounting import Discounting
    from seedsoil.results.quality_pieces import Utilities
    from seedsoil.run.run import Run


class Effects(NamedTuple):
    """Effects of women, a row each.

    `by_state`: [women, len(EFFECTS) · len(STATES)], life years by state and then QALYs by state, discounted;
    `undiscounted` likewise. `qalys`: [women, utilities], the discounted QALY under each set of utilities;
    `lifetime`: [women], that of the base case to death, whatever the horizon. `at_rates`: [women, rates ·
    AT_RATE], by each further discounting life years by state and then weighted years by part of life: years
    times the factors of toxicity and symptoms.
    """

    by_state: Floats
    undiscounted: Floats
    qalys: Floats
    lifetime: Floats
    at_rates: Floats

    @classmethod
    def of_nobody(cls, utilities: int, rates: int) -> Effects:
        """The effects of no woman, under so many sets of utilities and at so many rates."""
        none = np.zeros((0, WIDTH))
        at_rates = np.zeros((0, rates * AT_RATE))
        return cls(none, none, np.zeros((0, utilities)), np.zeros(0), at_rates)

    @property
    def pooled(self) -> Floats:
        """Discounted effects of each woman over all states: [women, len(EFFECTS)]."""
        women = self.by_state.shape[0]
        return np.asarray(self.by_state.reshape(women, len(EFFECTS), len(STATES)).sum(axis=2))


WIDTH = len(EFFECTS) * len(STATES)
AT_RATE = len(STATES) + len(PARTS)


def worth_of(catalog: Catalog) -> Floats:
    """The utility of each of PARTS without toxicity and symptoms, as the catalog has it."""
    stable, response, progressed = (catalog.value(f"utility.{state}") for state in STATES)
    if stable <= 0:  # the others are factors on it
        return np.zeros(len(PARTS))
    return np.clip([stable, response, progressed, response * progressed / stable], 0.0, 1.0)


def effects_of(
    run: Run,
    discount: Discounting,
    utilities: Sequence[Utilities],
    weeks: float,
    rates: Sequence[Discounting] = (),
) -> Effects:
    """The effects of the women of `run`, all with metastatic disease found in life.

    The first of `utilities` is that of the base case, by state too. `weeks`: how long toxicity lasts from the
    start of its line. `rates`: further discountings.
    """
    undiscounted, to_death = discount.undiscounted, discount.lifelong
    women = run.patients.num_rows
    by_state, plain = np.zeros((women, WIDTH)), np.zeros((women, WIDTH))
    qalys, lifetime = np.zeros((women, len(utilities))), np.zeros(women)
    at_rates = np.zeros((women, len(rates), AT_RATE))
    lines = None if run.lines.num_rows == 0 else run.lines
    for block in pieces_of(run.patients, lines, run.symptoms, toxic_weeks=weeks):
        rows = slice(block.first, block.first + block.women)
        end = block.since + block.length
        years, lived = discount.flow(block.since, end), undiscounted.flow(block.since, end)
        state = _state_of(block.lasting)[block.kind]
        place = block.row.astype(np.int64) * len(STATES) + state
        worth = [block.worth(one)[block.kind] for one in utilities]
        for target, length in ((by_state, years), (plain, lived)):
            for k, value in enumerate((length, worth[0] * length)):
                sums = np.bincount(place, value, block.women * len(STATES))
                target[rows, k * len(STATES) : (k + 1) * len(STATES)] = sums.reshape(
                    block.women, -1
                )
        part = block.row.astype(np.int64) * len(PARTS) + _part_of(block.lasting)[block.kind]
        factor = block.burden(utilities[0])[block.kind] if rates else years
        for k, one in enumerate(rates):
            at = one.flow(block.since, end)
            lived_at = np.bincount(place, at, block.women * len(STATES))
            weighted = np.bincount(part, at * factor, block.women * len(PARTS))
            at_rates[rows, k, : len(STATES)] = lived_at.reshape(block.women, -1)
            at_rates[rows, k, len(STATES) :] = weighted.reshape(block.women, -1)
        for k, value in enumerate(worth):
            qalys[rows, k] = block.sums(value * years)
        lifetime[rows] = block.sums(worth[0] * to_death.flow(block.since, end))
    return Effects(by_state, plain, qalys, lifetime, at_rates.reshape(women, len(rates) * AT_RATE))


def _state_of(lasting: Integers) -> NDArray[np.int64]:
    """The index in STATES of each set of what lasts."""
    response = (lasting >> RESPONSE) & 1
    progressed = (lasting >> PROGRESSED) & 1
    return np.where(
        response == 1,
        STATES.index("response"),
        np.where(progressed == 1, STATES.index("progressed"), STATES.index("stable")),
    )


def _part_of(lasting: Integers) -> NDArray[np.int64]:
    """The index in PARTS of each set of what lasts."""
    state = _state_of(lasting)
    late = (state == STATES.index("response")) & ((lasting >> PROGRESSED) & 1 == 1)
    return np.where(late, len(PARTS) - 1, state)
