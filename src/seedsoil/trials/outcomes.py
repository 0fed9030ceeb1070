"""What becomes of the women of a trial under one arm: endpoints from their lines of therapy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.model.treatment.state import BY_NEW_LESION, STOP_DEATH
from seedsoil.simulation.follow import Followed
from seedsoil.trials.arms import ArmOutcomes, Bools, Ratio, Until
from seedsoil.trials.baseline import trial_lines
from seedsoil.units import MONTHS_PER_YEAR, WEEKS_PER_YEAR
from seedsoil.vocabulary import BRAIN, PR, SD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from seedsoil.catalog import Trial
    from seedsoil.model.treatment.plan import Plan
    from seedsoil.trials.batched_survival import Floats

# Stable disease for so long is clinical benefit (a convention of trials in breast cancer).
_BENEFIT = 24.0 / WEEKS_PER_YEAR
_NUMBERED = re.compile(r"(attrition|responded_by|brain_by)_(\d+)")
NOT_SIMULATED = {
    "intracranial_orr": "the model's scans do not measure lesions of the brain, so they have no response",
    "cns_pfs": "the model's scans do not follow the brain apart from the rest of the body",
    "esr1_polyclonal": "the model reads one resistance to oestrogen deprivation, not single mutations",
    "esr1_lead": "plasma is read when a line begins, and within it for a switch alone",
}
"""Endpoints, or curves, that trials publish and the model cannot give, and why."""
SINCE_THE_LINE_BEGAN = (
    "orr", "orr_measurable", "cr", "pd_best", "dcr", "cbr", "dor", "responded_by", "grade3_plus",
    "discontinuation", "esr1_at_enrolment", "esr1_rising", "brain_at_enrolment", "brain_by", "brain_or_death",
    "time_on_treatment",
)  # fmt: skip
"""Endpoints, or curves, that are not told of women randomised within the line."""


@dataclass(frozen=True)
class Courses:
    """The women of a trial under one arm: their lines and ends (see `Followed`), all of them enrolled.

    `women` (dtype WOMAN) are the same in every arm, in the same order; `chemo` says which regimens are
    chemotherapy. `induction`: years from the start of the trial's line until they were randomised; None:
    until plasma showed an ESR1 mutation.
    """

    women: Any
    followed: Followed
    chemo: Bools
    induction: float | None = 0.0

    @property
    def at(self) -> NDArray[np.intp]:
        """Index of each woman's line in the trial."""
        return trial_lines(self.followed)

    @property
    def rows(self) -> Any:
        """Each woman's line in the trial (dtype LINE_ROW)."""
        return self.followed.lines[self.at]

    @property
    def randomised_at(self) -> Floats:
        """When each woman was randomised, years from diagnosis."""
        if self.induction is None:
            return np.asarray(self.rows.esr1_at)
        return np.asarray(self.rows.started_at + self.induction)

    def lines_from(self, at: NDArray[np.intp], first: int) -> Iterator[tuple[Bools, Any]]:
        """Line by line from the one `first` after the trial's: which women have it, and their rows."""
        lines, ends = self.followed.lines, self.followed.ends
        stop = ends.first_line + ends.lines
        for step in range(first, int((stop - at).max(initial=0))):
            yield at + step < stop, lines[np.minimum(at + step, lines.size - 1)]


def courses(women: Any, followed: Followed, plan: Plan, trial: Trial) -> Courses:
    """The courses of `women`, who all enrolled, under an arm of `trial` with this plan."""
    c = plan.constants
    induction = None
    if trial.randomised_at is None:
        induction = (trial.induction_months or 0.0) / MONTHS_PER_YEAR
    return Courses(women, followed, np.asarray(c.regimen_chemo == 1), induction)


def outcomes(arm: Courses, wanted: Iterable[str]) -> ArmOutcomes:
    """The endpoints of an arm. Time zero is the start of the trial's line, or the day of randomisation.

    Every woman is followed to her death, so that nothing is censored here. `wanted` names the endpoints
    with a number, such as attrition_1 or brain_by_60; all others are always there.
    """
    at, row = arm.at, arm.rows
    start = arm.randomised_at
    died = arm.women.since_diagnosis + arm.followed.ends.died_at
    survival = died - start
    everybody = np.ones(at.size, np.bool_)
    progressed = np.isfinite(row.progressed_at)
    pfs = np.where(progressed, row.progressed_at - start, survival)
    responded_at = row.responded_at - start
    response = row.best_response.astype(np.int64)
    later = _Later(arm, at, start, survival)
    at_once = np.zeros(at.size)

    def share(part: NDArray[Any], whole: Bools = everybody, known_at: Floats = at_once) -> Ratio:
        return Ratio(part, whole, known_at)

    stable = (response == SD) & (pfs >= _BENEFIT)
    benefit_at = np.where(response >= PR, responded_at, np.where(stable, _BENEFIT, 0.0))
    ratios = {
        "dcr": share(response >= SD),
        "cbr": share((response >= PR) | stable, everybody, benefit_at),
        "grade3_plus": share(row.toxicity),
        "post_therapy": share(later.treated, everybody, later.next_start),
        "post_chemo": share(later.had_chemo, everybody, later.chemo_start),
        "time_on_treatment": share(later.on_treatment, survival),
        "died_on_treatment": share(later.died_on_treatment),
        "esr1_at_enrolment": share(row.esr1),
        "esr1_at_progression": share(later.esr1, later.treated),
        "esr1_rising": share(later.esr1 & ~row.esr1, everybody, later.next_start),
        "brain_at_enrolment": share(row.brain),
        "discontinuation": share(row.discontinued, everybody, row.stopped_at - start),
    }
    for name in wanted:
        found = _NUMBERED.fullmatch(name)
        if found:
            number = int(found[2])
            years = number / MONTHS_PER_YEAR
            lines = arm.followed.ends.lines
            if found[1] == "attrition":
                ratios[name] = share(lines == number, (lines >= number) & (row.line <= number))
            elif found[1] == "responded_by":
                ratios[name] = share(responded_at <= years, response >= PR)
            else:
                ratios[name] = share(later.brain <= years, ~row.brain)
    return ArmOutcomes(
        pfs_time=pfs,
        pfs_event=everybody,
        os_time=survival,
        os_event=everybody,
        response=response,
        responded_at=responded_at,
        measurable=row.measurable,
        further={
            "ttp": Until(pfs, progressed, at_scans=True),
            "chemo_free": Until(np.minimum(later.chemo_start, survival), everybody),
            "pfs2": Until(later.second_progression, everybody, at_scans=True),
            "brain_or_death": Until(np.minimum(later.brain, survival), everybody),
            "on_treatment": Until(row.stopped_at - start, everybody),
        },
        ratios=ratios,
        medians={"lines_received": (arm.followed.ends.lines - row.line + 1).astype(np.float64)},
        correlations={"pfs_os_correlation": (pfs, survival)},
    )


class _Later:
    """What came after the trial's line: times in years since enrolment, infinite for never."""

    def __init__(self, arm: Courses, at: NDArray[np.intp], start: Floats, survival: Floats) -> None:
        self.next_start = np.full(at.size, np.inf)
        self.chemo_start = np.full(at.size, np.inf)
        had_brain = arm.rows.brain
        # found for the first time: at its first symptom, in whatever line or after the last
        found = arm.women.since_diagnosis + arm.followed.ends.brain_at - start
        self.brain = np.where(had_brain, np.inf, found)
        self.second_progression = survival
        self.esr1 = np.zeros(at.size, np.bool_)
        self.on_treatment = np.zeros(at.size)
        self.died_on_treatment = np.zeros(at.size, np.bool_)
        for step, (here, row) in enumerate(arm.lines_from(at, 0)):
            begun = row.started_at - start
            progressed = row.progressed_at - start
            if step == 1:
                self.next_start = np.where(here, begun, np.inf)
                self.esr1 = here & row.esr1
                seen = here & np.isfinite(progressed)
                self.second_progression = np.where(seen, progressed, survival)
            if step > 0:
                chemo = here & arm.chemo[row.regimen]
                self._earlier("chemo_start", chemo, begun)
            again = had_brain & (row.progression_by == BY_NEW_LESION)
            self._earlier("brain", here & again & (row.progression_organ == BRAIN), progressed)
            self.on_treatment += np.where(here, row.stopped_at - row.started_at, 0.0)
            self.died_on_treatment |= here & (row.stop_reason == STOP_DEATH)
        self.treated = np.isfinite(self.next_start)
        self.had_chemo = np.isfinite(self.chemo_start)

    def _earlier(self, name: str, which: Bools, time: Floats) -> None:
        before = getattr(self, name)
        setattr(self, name, np.where(which, np.minimum(before, time), before))


def subset(followed: Followed, women: NDArray[np.intp]) -> Followed:
    """The lines and ends of some women, by index and in ascending order."""
    ends = followed.ends[women].copy()
    count = ends.lines.astype(np.int64)
    first = np.concatenate([[0], np.cumsum(count)[:-1]]) if count.size else count
    index = np.repeat(ends.first_line - first, count) + np.arange(count.sum())
    lines = followed.lines[index]
    ends.first_line = first
    return Followed(lines, ends)
