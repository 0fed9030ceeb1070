"""What the tests of the kernels share: parameter records, lesions, and p-values with one false-alarm rate."""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from seedsoil.catalog import Catalog, load
from seedsoil.model.natural_history.lazy_lesions import set_lymph_spread, set_spread
from seedsoil.model.natural_history.lesions import LESION
from seedsoil.model.natural_history.state import workspace
from seedsoil.model.parameters import kernel_parameters
from seedsoil.simulation.shards import simulate_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

T = TypeVar("T")

FALSE_ALARM = 1e-6
"""Chance that one statistical test of a right model fails, over seeds; the seeds are fixed."""


@lru_cache(maxsize=1)
def packaged() -> Catalog:
    return load()


def parameters(
    values: Mapping[str, float] | None = None,
    *,
    seed: int = 1,
    screening: str = "none",
    adjuvant: str = "none",
) -> Any:
    """The kernels' record of the packaged catalog, with some numbers replaced."""
    catalog = packaged().with_values(values or {})
    return kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)


def blank(made: Any) -> None:
    """Make one or several records of lesions blank."""
    made.eradicated = np.inf
    made.determined = 1
    made.lymph_uniform = 0.5
    made.multiplicity = 1.0
    made.foundings = 1
    made.alone = 64


def lesions(count: int) -> Any:
    """Blank lesions: nothing founded them, therapy has not touched them."""
    made = np.zeros(count, LESION).view(np.recarray)
    blank(made)
    return made


def woman(p: Any, subtype: int, rate: float, log_mu: float, log_mu_lymph: float = -200.0) -> Any:
    """A woman with blank lesions, none of them in a list yet; without spread by lymph unless told."""
    made = workspace()
    made.subtype = subtype
    made.growth_rate = rate
    for name in ("foci", "lesions"):
        made[name]["eradicated"] = np.inf
        made[name]["determined"] = 1
        made[name]["multiplicity"] = 1.0
        made[name]["foundings"] = 1
        made[name]["alone"] = 64
    made.multiplicities[:] = 1.0
    blank(made.primary)
    made.primary.ln_y = p.log_y0
    made.primary.rate = rate
    made.primary.organ = -1
    set_spread(p, made, log_mu)
    set_lymph_spread(p, made, log_mu_lymph)
    return made


def women(p: Any, count: int, first: int = 0) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Rows of `count` women: patients, lesions, symptoms."""
    shard = simulate_rows(p, first, count, details=True)
    return shard.patients, np.concatenate(shard.lesions), np.concatenate(shard.symptoms)


def same_bits(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two arrays hold the same bits, NaN included, padding between fields left out."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype.names is None:
        return one.tobytes() == other.tobytes()
    return all(same_bits(one[name], other[name]) for name in one.dtype.names)


def chi_square_p(observed: NDArray[Any], expected: NDArray[Any], fewest: float = 10.0) -> float:
    """p-value of counts in cells of known expectation; cells expecting fewer than `fewest` are pooled."""
    from scipy.stats import chi2

    small = expected < fewest
    seen = np.append(observed[~small], observed[small].sum())
    due = np.append(expected[~small], expected[small].sum())
    if due[-1] < fewest:
        assert seen[-1] < fewest + 8.0 * np.sqrt(fewest)
        seen, due = seen[:-1], due[:-1]
    assert due.size > 1
    return float(chi2.sf(np.sum((seen - due) ** 2 / due), due.size - 1))


def exponential_p(sample: NDArray[Any]) -> float:
    """p-value of a sample that should be Exp(1) (Kolmogorov-Smirnov)."""
    from scipy.stats import kstest

    return float(kstest(sample, "expon").pvalue)


def binomial_p(events: int, trials: int, share: float) -> float:
    from scipy.stats import binomtest

    return float(binomtest(int(events), int(trials), share).pvalue)


def within(seconds: float, work: Callable[[], T]) -> T:
    """The result of `work`, or a failure if it takes longer.

    A compiled loop that does not end cannot be interrupted, but it releases the interpreter lock. What counts
    is time of this process, which waits meanwhile: other programs on the machine take none of it. What stands
    still is given up after ten times as long.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    used, begun = time.process_time(), time.monotonic()
    thread.start()
    thread.join(0.2 * seconds)
    while thread.is_alive() and time.monotonic() - begun < 10.0 * seconds:
        assert time.process_time() - used < seconds, f"not finished after {seconds} s"
        thread.join(1.0)
    assert not thread.is_alive(), f"stands still for {10.0 * seconds} s"
    if errors:
        raise errors[0]
    return results[0]
