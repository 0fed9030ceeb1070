"""What a trial would tell of the decision: in every draw the trial that its parameters give, summarised.

For EVSI (`decision/sample_information.py`) each draw of the parameters needs one data set. Here it is a
trial: women of the draw's own come down with the disease under its parameters, enrol, are randomised once,
followed to the data cut, and what the trial would report of them is kept: ln hazard ratios of
progression-free and overall survival against the reference arm, response rates by arm, and of the reference
arm the shares free of progression and alive at half the follow-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.catalog.lookup import find_trial
from seedsoil.economics.decision.information import competing
from seedsoil.economics.decision.partial_information import FEWEST_DRAWS
from seedsoil.economics.parameter_draws import model_numbers
from seedsoil.errors import InputError, shown, whole_number
from seedsoil.simulation.backend import backend
from seedsoil.simulation.shards import check_cohort
from seedsoil.trials.endpoints import conduct
from seedsoil.trials.enrolment import TooFewEnrolError, enrol
from seedsoil.trials.outcomes import outcomes
from seedsoil.trials.readout import Draws, Group, report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Trial
    from seedsoil.economics.decision.sample_information import SampleInformation
    from seedsoil.economics.evaluation import EvaluationData, Psa
    from seedsoil.trials.arms import ArmOutcomes

    Floats = NDArray[np.float64]

LEAST = 10
"""Women an arm, fewer than which no hazard ratio is worth estimating."""
MOST_LOG_HR = 3.0
"""A hazard ratio of few events is cut off here on its logarithm, e^3 = 20."""
_STREAM = 0x7121A1
_GROUP = "all"
_ASKED = Group(None, frozenset({"pfs", "os"}), frozenset({"pfs", "os"}), frozenset({"orr"}))


def sizes_of(n: int | Sequence[int], trial: Trial) -> tuple[int, ...]:
    """Sizes of the whole trial, in order; InputError for one that leaves an arm fewer than LEAST women."""
    given = [n] if isinstance(n, int | np.integer) else list(n)
    if not given:
        raise InputError("n: name one size of the trial or more")
    sizes = tuple(dict.fromkeys(whole_number("n", one) for one in given))
    for size in sizes:
        fewest = min(divided(size, trial).values())
        if fewest < LEAST:
            raise InputError(
                f"n={shown(size)}: women of the whole trial, which leaves an arm of '{trial.name}' {fewest}; "
                f"each needs {LEAST} or more"
            )
    return sizes


def divided(n: int, trial: Trial) -> dict[str, int]:
    """The women of a trial of `n` by arm, in the proportions of its own arms."""
    whole = sum(arm.n for arm in trial.arms)
    ends = np.rint(np.cumsum([arm.n for arm in trial.arms]) * (n / whole)).astype(int)
    counts = np.diff(ends, prepend=0).tolist()
    return {arm.name: count for arm, count in zip(trial.arms, counts, strict=True)}


def model_draws(psa: Psa, catalog: Catalog) -> list[dict[str, float]]:
    """By draw the numbers of the model that were drawn; InputError where none was."""
    names = [name for name in model_numbers(catalog, psa.drawn).names if name in psa.parameters]
    if not names:
        raise InputError(
            "evsi_of_trial: the model's parameters were not drawn, so that a trial could tell nothing; "
            "evaluate with parameters='fit'"
        )
    columns = [psa.parameters[name].tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def trial_study(
    trial: str | Path | Trial,
    n: int | Sequence[int],
    *,
    psa: Psa,
    catalog: Catalog,
    seed: int,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[int, Floats]:
    """By size of the whole trial its summaries in every draw: float64 [draws, summaries].

    Women of a draw are its own and enrol in one arm each; the sizes of a draw share them. `progress` is
    called with the draws done. The result does not depend on `threads`. Raises InputError for an unknown
    trial, sizes that are too small, parameters that were not drawn, and a draw in which too few women enrol.
    """
    chosen = find_trial(trial, catalog=catalog)
    sizes = sizes_of(n, chosen)
    draws = model_draws(psa, catalog)
    threads = check_cohort(1, seed, 0, threads)

    def one(draw: int) -> list[list[float]]:
        own = catalog.with_values(draws[draw])
        return _one(chosen, sizes, own, np.random.SeedSequence([seed, draw, _STREAM]), draw)

    def show(_: object) -> None:
        if progress is not None:
            progress(1)

    found = np.array(list(backend(threads).map(one, range(len(draws)), progress=show)))
    return {size: _known(found[:, k]) for k, size in enumerate(sizes)}


def _one(
    trial: Trial, sizes: Sequence[int], catalog: Catalog, seed: np.random.SeedSequence, draw: int
) -> list[list[float]]:
    largest = divided(max(sizes), trial)
    arms = [arm.model_copy(update={"n": largest[arm.name]}) for arm in trial.arms]
    state = int(seed.generate_state(1)[0])
    try:
        found = enrol(
            catalog, trial.model_copy(update={"arms": arms}), seed=state, enough=max(sizes)
        )
    except TooFewEnrolError as error:
        raise InputError(f"draw {draw}: {error}") from error
    courses = {arm.name: outcomes(found.arms[arm.name], ()) for arm in arms}
    rng = np.random.default_rng(seed)
    return [_summary(trial, divided(size, trial), courses, found.women, rng) for size in sizes]


def _summary(
    trial: Trial,
    n: Mapping[str, int],
    arms: Mapping[str, ArmOutcomes],
    women: int,
    rng: np.random.Generator,
) -> list[float]:
    """What one trial of `n` women reports; each of the `women` takes part once at most."""
    total = sum(n.values())
    drawn = Draws(
        rng.permutation(women)[None, :total],
        rng.random((1, total)),
        rng.standard_exponential((1, total)),
        n,
    )
    middle = 0.5 * trial.follow_up_months
    reference = trial.hr_reference
    told = report(arms, conduct(trial), drawn, {_GROUP: _ASKED}, reference, [middle], None)[_GROUP]
    found: list[float] = []
    for name, arm in told.items():
        found.append(float(arm.numbers["orr"][0]))
        if name == reference:
            found += [float(arm.curves[curve].at[0, 0]) for curve in ("pfs", "os")]
        else:
            with np.errstate(divide="ignore"):
                logs = [float(np.log(arm.contrasts[curve].hr[0])) for curve in ("pfs", "os")]
            found += np.clip(logs, -MOST_LOG_HR, MOST_LOG_HR).tolist()
    return found


def _known(x: Floats) -> Floats:
    """What a trial could not estimate stands at the mean of the others: it tells nothing."""
    seen = np.isfinite(x)
    count = np.maximum(seen.sum(axis=0), 1)
    return np.where(seen, x, np.where(seen, x, 0.0).sum(axis=0) / count)


def evsi_of_trial(
    found: EvaluationData,
    trial: str | Path | Trial,
    n: int | Sequence[int],
    *,
    threshold: float | None,
    catalog: Catalog,
    threads: int | None,
    progress: Callable[[int], None] | None,
) -> SampleInformation:
    """`Evaluation.evsi_of_trial` of an evaluation with draws, made with `catalog`."""
    assert found.psa is not None
    decided = found.decision
    k = decided.threshold(threshold)
    if decided.draws.count < FEWEST_DRAWS:
        raise InputError(
            f"evsi_of_trial: {decided.draws.count} draws are too few for a regression; it needs "
            f"{FEWEST_DRAWS} or more"
        )
    chosen = find_trial(trial, catalog=catalog)
    sizes = sizes_of(n, chosen)
    if competing(decided.draws, k):
        told = trial_study(
            chosen, sizes, psa=found.psa, catalog=catalog, seed=int(found.provenance["seed"]),
            threads=threads, progress=progress,
        )  # fmt: skip
    else:  # no data can change the choice
        told = {size: np.zeros((decided.draws.count, 1)) for size in sizes}

    value: SampleInformation = decided.evsi(lambda *given: told[given[1]], sizes, k)
    return value
