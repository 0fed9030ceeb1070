"""Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011).

A draw is a pure function of (seed; patient, stream, entity, draw). No draw depends on how many were made
before. So a woman is the same woman alone or among millions, on any number of threads, and two strategies
share every draw that they do not change.

    key     = the run's seed, 64 bits
    counter = (patient low 32 bits, stream << 16 | patient high 16 bits, entity, draw)

One block gives four numbers of 32 bits, so the kernels draw in fours.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MASK = 0xFFFFFFFF
_MULTIPLIER_0 = 0xD2511F53
_MULTIPLIER_1 = 0xCD9E8D57
_WEYL_0 = 0x9E3779B9
_WEYL_1 = 0xBB67AE85
_STEP = 2.0**-32
_SIDE_BY_SIDE = 8  # entities of `uniforms_of_entities` that a processor works on at once

MAX_PATIENT = 2**48 - 1

# One stream a process. The numbers are part of the results: a new process takes a new one.
WOMAN = 1
GROWTH = 2
BIOMARKERS = 3
OTHER_DEATH = 4
SCREENING = 5
NODE_SPREAD = 6
NODE = 7
PRIMARY_SPREAD = 8
NODE_TO_BLOOD = 9
COLONY = 10
METASTASIS_SPREAD = 11
SYMPTOM = 12
SYMPTOM_THINNING = 13
DEATH = 14
DEATH_THINNING = 15
STAGING = 16
CHANCE_IMAGE = 17
LOCOREGIONAL = 18
ADJUVANT = 19
ERADICATION = 20
SCAN = 21
LINE = 22
RESISTANCE = 23
LESION_RESISTANCE = 24
TREATED_DEATH = 25
TREATED_SYMPTOM = 26
TREATED_SPREAD = 27
EXTINCTION = 28
RESIDUE = 29
NODE_TO_NODES = 30
METASTASIS_TO_NODES = 31
LOCAL = 32
FITNESS = 33
BODY = 34


@compiled
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: four 32-bit words from a counter of four and a key of two 32-bit words.

    The products are taken modulo 2^64 (compiled) or exactly (uncompiled); the masks make both equal.
    """
    # int(): uncompiled, NumPy's integers would warn where they overflow.
    c0, c1, c2, c3, k0, k1 = int(c0), int(c1), int(c2), int(c3), int(k0), int(k1)
    for _ in range(10):
        p0 = _MULTIPLIER_0 * c0
        p1 = _MULTIPLIER_1 * c2
        c0 = ((p1 >> 32) & _MASK) ^ c1 ^ k0
        c1 = p1 & _MASK
        c2 = ((p0 >> 32) & _MASK) ^ c3 ^ k1
        c3 = p0 & _MASK
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


@compiled
def uniforms(
    k0: int, k1: int, patient: int, stream: int, entity: int, draw: int
) -> tuple[float, float, float, float]:
    """Four independent uniforms in the open interval (0, 1) with a resolution of 2^-32."""
    a, b, c, d = philox(
        patient & _MASK, (stream << 16) | ((patient >> 32) & 0xFFFF), entity, draw, k0, k1
    )
    return (a + 0.5) * _STEP, (b + 0.5) * _STEP, (c + 0.5) * _STEP, (d + 0.5) * _STEP


@compiled
def exponentials(
    k0: int, k1: int, patient: int, stream: int, entity: int, draw: int
) -> tuple[float, float, float, float]:
    """Four independent Exp(1) draws; none is smaller than 1.1e-10."""
    a, b, c, d = uniforms(k0, k1, patient, stream, entity, draw)
    return -math.log(a), -math.log(b), -math.log(c), -math.log(d)


@compiled
def exponential(k0: int, k1: int, patient: int, stream: int, entity: int, draw: int) -> float:
    """The first of `exponentials`, without the logarithms of the others."""
    a, _, _, _ = uniforms(k0, k1, patient, stream, entity, draw)
    return -math.log(a)


@compiled
def normal(u: float) -> float:
    """The standard normal quantile of a uniform of `uniforms`, to 1e-15 (Wichura 1988, AS 241).

    One uniform makes one normal, monotonically, so that a woman moves smoothly with the parameters.
    A uniform of 32 bits lies within 6.3 standard deviations, so the algorithm's far tail is not needed.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = 2.5090809287301226727e3
        top = top * r + 3.3430575583588128105e4
        top = top * r + 6.7265770927008700853e4
        top = top * r + 4.5921953931549871457e4
        top = top * r + 1.3731693765509461125e4
        top = top * r + 1.9715909503065514427e3
        top = top * r + 1.3314166789178437745e2
        top = top * r + 3.3871328727963666080e0
        low = 5.2264952788528545610e3
        low = low * r + 2.8729085735721942674e4
        low = low * r + 3.9307895800092710610e4
        low = low * r + 2.1213794301586595867e4
        low = low * r + 5.3941960214247511077e3
        low = low * r + 6.8718700749205790830e2
        low = low * r + 4.2313330701600911252e1
        low = low * r + 1.0
        return q * top / low
    tail = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-math.log(tail)) - 1.6
    top = 7.74545014278341407640e-4
    top = top * r + 2.27238449892691845833e-2
    top = top * r + 2.41780725177450611770e-1
    top = top * r + 1.27045825245236838258e0
    top = top * r + 3.64784832476320460504e0
    top = top * r + 5.76949722146069140550e0
    top = top * r + 4.63033784615654529590e0
    top = top * r + 1.42343711074968357734e0
    low = 1.05075007164441684324e-9
    low = low * r + 5.47593808499534494600e-4
    low = low * r + 1.51986665636164571966e-2
    low = low * r + 1.48103976427480074590e-1
    low = low * r + 6.89767334985100004550e-1
    low = low * r + 1.67638483018380384940e0
    low = low * r + 2.05319162663775882187e0
    low = low * r + 1.0
    return -top / low if q < 0.0 else top / low


@compiled
def _mixed(word: int) -> int:
    """A one-to-one mixture of 32 bits: the finaliser of MurmurHash3 (Appleby 2011)."""
    word ^= word >> 16
    word = (word * 0x85EBCA6B) & _MASK
    word ^= word >> 13
    word = (word * 0xC2B2AE35) & _MASK
    return word ^ (word >> 16)


@compiled
def child_entity(parent: int, index: int) -> int:
    """The entity number of the `index`-th daughter of lesion `parent`: a 32-bit mixture of the two.

    A daughter keeps her number, and with it all her draws, whatever else happens in the woman. The
    number need only be unlikely to be another lesion's: the draws made from it are Philox's.
    """
    parent, index = int(parent), int(index)  # as in `philox`
    return _mixed(_mixed((parent + _WEYL_0) & _MASK) ^ ((index * _WEYL_0) & _MASK))


@inlined
def whole_blocks(count: int) -> int:
    """`count` or a little more: as many as the processor draws side by side, without a rest one by one."""
    return (count + _SIDE_BY_SIDE - 1) // _SIDE_BY_SIDE * _SIDE_BY_SIDE


@compiled
def uniforms_of_entities(
    k0: int,
    k1: int,
    patient: int,
    stream: int,
    entities: NDArray[np.int64],
    count: int,
    drawn: NDArray[np.float64],
) -> None:
    """The first four uniforms, drawn[:, i], of each of `count` entities, as `uniforms` gives them.

    Written out in one loop without calls, so that the compiler works on several entities at once: where
    there are many, in a fifth of the time.
    """
    k0, k1 = int(k0), int(k1)  # as in `philox`
    low = int(patient) & _MASK
    high = (stream << 16) | ((int(patient) >> 32) & 0xFFFF)
    for i in range(count):
        c0, c1, c2, c3, a, b = low, high, int(entities[i]), 0, k0, k1
        for _ in range(10):
            p0 = _MULTIPLIER_0 * c0
            p1 = _MULTIPLIER_1 * c2
            c0 = ((p1 >> 32) & _MASK) ^ c1 ^ a
            c1 = p1 & _MASK
            c2 = ((p0 >> 32) & _MASK) ^ c3 ^ b
            c3 = p0 & _MASK
            a = (a + _WEYL_0) & _MASK
            b = (b + _WEYL_1) & _MASK
        drawn[0, i] = (c0 + 0.5) * _STEP
        drawn[1, i] = (c1 + 0.5) * _STEP
        drawn[2, i] = (c2 + 0.5) * _STEP
        drawn[3, i] = (c3 + 0.5) * _STEP


@compiled
def uniforms_of_patients(
    k0: int,
    k1: int,
    patients: NDArray[np.int64],
    stream: int,
    entities: NDArray[np.int64],
    draw: int,
    drawn: NDArray[np.float64],
) -> None:
    """The four uniforms, drawn[:, i], of each patient i and her entity, as `uniforms` gives them."""
    for i in range(patients.size):
        a, b, c, d = uniforms(k0, k1, int(patients[i]), stream, int(entities[i]), draw)
        drawn[0, i] = a
        drawn[1, i] = b
        drawn[2, i] = c
        drawn[3, i] = d


@compiled
def uniforms_of_children(
    k0: int,
    k1: int,
    patient: int,
    stream: int,
    parent: int,
    index: int,
    count: int,
    entities: NDArray[np.int64],
    drawn: NDArray[np.float64],
) -> None:
    """Entities and first four uniforms, drawn[:, i], of the daughters index + i of `parent`, i < count.

    As `child_entity` and `uniforms` give them.
    """
    mother = _mixed((int(parent) + _WEYL_0) & _MASK)
    for i in range(count):
        entities[i] = _mixed(mother ^ (((int(index) + i) * _WEYL_0) & _MASK))
    uniforms_of_entities(k0, k1, patient, stream, entities, count, drawn)
