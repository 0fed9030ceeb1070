"""Where cells that break away arrest, from blood flow alone (Ewing's half of the question).

Cells enter the veins and pass the lung, where a fraction arrests. The arteries carry what is left to the
organs in proportion to their share of cardiac output. Each organ arrests its own fraction, and the rest
returns to the veins. With e the fraction arrested in one passage, the expected passages of an organ per cell
launched are

    passages(lung)  = launched into the veins + Σ_o (1 - e_o) passages(o)
    passages(o)     = flow_o (1 - e_lung) passages(lung)  [+ flow_o for cells launched by the lung]
    arrested(o)     = e_o passages(o)

a linear system that has one equation once the second line is put into the first, since organs exchange blood
through the lung alone. Every cell arrests in the end: the shares sum to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.vocabulary import LUNG

if TYPE_CHECKING:
    from numpy.typing import NDArray


def arrest_shares(
    output_share: NDArray[np.float64], arrest: NDArray[np.float64], *, from_lung: bool = False
) -> NDArray[np.float64]:
    """Share of launched cells that arrests in each organ, in the order of ORGANS; they sum to 1.

    `output_share`: arterial flow by organ, summing to 1; that of the lung itself is counted with the rest of
    the body, so 0. `arrest`: fraction arrested in one passage, in (0, 1]. `from_lung`: the cells leave a
    lung metastasis and enter the arteries without passing the lung first.
    """
    flow = np.asarray(output_share, dtype=np.float64)
    flow = flow / flow.sum()
    others = np.arange(flow.size) != LUNG
    # of what the arteries carry, what the other organs let through to the lung
    returns = (flow * (1.0 - arrest) * others).sum()
    launched = flow[LUNG] + returns if from_lung else 1.0
    of_lung = launched / (1.0 - returns * (1.0 - arrest[LUNG]))
    passages = flow * (1.0 - arrest[LUNG]) * of_lung
    if from_lung:
        passages += flow
    passages[LUNG] = of_lung
    arrested = passages * arrest
    shares: NDArray[np.float64] = arrested / arrested.sum()
    return shares
