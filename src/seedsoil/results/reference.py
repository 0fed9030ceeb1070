"""What a run's ten-year recurrence should be compared with: women of its kind who entered adjuvant trials.

The nearest that is published for the care of today is the EBCTCG's overview of women who entered trials in
2000-09, by receptor and nodes (`practice_distant` in the catalog). It is a reference, not a forecast: women
in practice stop their therapy earlier, and the drugs are newer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.words import percent
from seedsoil.results.columns import codes, numbers
from seedsoil.vocabulary import HR_POSITIVE, PRESENTATIONS, SUBTYPES

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Flags, Floats, Tables

# Whom the overview counts: younger, smaller, with fewer positive nodes than these; and its strata.
AGE, DIAMETER_MM = 75.0, 50.0
NODES = {"n0": (0, 0), "n1_3": (1, 3), "n4_9": (4, 9)}
YEARS = 10.0
TARGET = "practice_distant"
COMPARED_ERAS = ("2000s", "2013+")


@dataclass(frozen=True)
class RecurrenceReference:
    """Distant recurrence within ten years, net of other death, in a run and as published.

    `published` is that of the trials, weighted by the run's own women of each receptor and node group.
    """

    women: int
    simulated: float
    standard_error: float
    published: float

    @property
    def ratio(self) -> float:
        """Simulated over published."""
        return self.simulated / self.published

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        return (
            f"distant recurrence within ten years {percent(self.simulated)} of women under {AGE:.0f} with up "
            f"to {DIAMETER_MM:.0f} mm and fewer than ten positive nodes; women of the same receptors and "
            f"nodes who entered trials in 2000-09 had {percent(self.published)} (EBCTCG)"
        )

    def as_dict(self) -> dict[str, Any]:
        """The numbers, for a program."""
        return {
            "women": self.women,
            "simulated": self.simulated,
            "standard_error": self.standard_error,
            "published": self.published,
        }


def net_incidence_at(event: Floats, death: Floats, at: float) -> tuple[float, float]:
    """1 - Kaplan-Meier at a time, deaths without the event censored, and Greenwood's error."""
    happened = event <= death  # NaN compares false: no event
    time = np.where(happened, event, death)
    times, counts = np.unique(time[happened & (time <= at)], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), times, side="left")
    free = float(np.prod(1.0 - counts / at_risk))
    terms = counts / (at_risk * np.maximum(at_risk - counts, 1))
    return 1.0 - free, free * float(np.sum(terms)) ** 0.5


def recurrence_reference(
    run: Tables, *, catalog: Catalog | None = None
) -> RecurrenceReference | None:
    """A run's distant recurrence beside that of trials; None under the adjuvant therapy of another time."""
    if run.manifest.get("adjuvant") not in COMPARED_ERAS:
        return None
    if catalog is None:
        from seedsoil.catalog import load

        catalog = load()
    cells = catalog.targets[TARGET].cells
    patients = run.patients
    kinds, names = codes(patients, "presentation", PRESENTATIONS)
    counted: Flags = (
        (kinds != names.index("de novo"))
        & (numbers(patients, "age") < AGE)
        & (numbers(patients, "diameter_mm") <= DIAMETER_MM)
    )
    subtype, _ = codes(patients, "subtype", SUBTYPES)
    positive = np.asarray(HR_POSITIVE)[subtype]
    nodes = numbers(patients, "positive_nodes")
    event, death = numbers(patients, "metastatic_at"), numbers(patients, "died_at")
    total, simulated, variance, published = 0, 0.0, 0.0, 0.0
    for er, chosen in (("er_pos", positive), ("er_neg", ~positive)):
        for group, (low, high) in NODES.items():
            mask = counted & chosen & (nodes >= low) & (nodes <= high)
            n = int(np.count_nonzero(mask))
            if n == 0:
                continue
            value, error = net_incidence_at(event[mask], death[mask], YEARS)
            total += n
            simulated += n * value
            variance += (n * error) ** 2
            published += n * cells[f"{er}_{group}"].observed
    if total == 0:
        return None
    return RecurrenceReference(total, simulated / total, variance**0.5 / total, published / total)
