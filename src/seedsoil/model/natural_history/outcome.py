"""Is there a cure? What became of a woman's disease, at the end of her life.

*no spread*: no colony was ever founded. *eradicated*: every colony is extinct. *never manifest*: she
died of another cause with living colonies that were never found (the operational cure). *died with*:
of another cause, with known metastases. *died of*: of breast cancer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled
from seedsoil.model.natural_history.lazy_lesions import is_founded

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_SPREAD, ERADICATED, NEVER_MANIFEST, DIED_WITH, DIED_OF = range(5)


@compiled
def outcome(
    lesions: NDArray[Any], count: int, death: float, of_cancer: bool, metastatic: bool
) -> int:
    """The code of the outcome (order of OUTCOMES)."""
    if of_cancer:
        return DIED_OF
    founded = False
    living = False
    for i in range(count):
        if is_founded(lesions[i], death):
            founded = True
            living = living or lesions[i].eradicated > death
    if not founded:
        return NO_SPREAD
    if not living:
        return ERADICATED
    return DIED_WITH if metastatic else NEVER_MANIFEST
