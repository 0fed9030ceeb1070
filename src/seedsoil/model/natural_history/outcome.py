"""Is there a cure? What became of a woman's disease, at the end of her life.

*no spread*: no colony was ever founded. *eradicated*: every colony is extinct. *never manifest*: she
died of another cause with living colonies that were never found (the operational cure). *died with*:
of another cause, with known metastases. *died of*: of breast cancer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model.natural_history.lazy_lesions import is_founded

if TYPE_CHECKING:
    from seedsoil.model.types import Woman

NO_SPREAD, ERADICATED, NEVER_MANIFEST, DIED_WITH, DIED_OF = range(5)


@compiled
def outcome(woman: Woman, metastatic: bool) -> int:
    """The code of the outcome (order of OUTCOMES); `metastatic`: metastatic disease was found."""
    if woman.of_cancer:
        return DIED_OF
    founded = False
    living = False
    for i in range(woman.n_lesions):
        if is_founded(woman.lesions[i], woman.end):
            founded = True
            living = living or woman.lesions[i].eradicated > woman.end
    if not founded:
        return NO_SPREAD
    if not living:
        return ERADICATED
    return DIED_WITH if metastatic else NEVER_MANIFEST
