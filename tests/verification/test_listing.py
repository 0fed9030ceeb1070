"""Which lesions the tables name: founded by primary or nodes, or marked, with their mothers."""

from __future__ import annotations

import numpy as np

from kernels import lesions, parameters
from seedsoil.model.natural_history.lesions import PRIMARY
from seedsoil.model.natural_history.listing import is_large, mark_mothers, number_listed

NODE_FOCUS = PRIMARY - 1


def test_marked_lesions_are_named_with_their_mothers() -> None:
    """The chain 0 → 2 → 4 is named for lesion 4's sake; 3, a daughter of 1 without a mark, is not."""
    made = lesions(6)
    made.parent = [PRIMARY, NODE_FOCUS, 0, 1, 2, 2]
    made.founded = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    marks = np.array([0, 0, 0, 0, 1, 1])
    mark_mothers(made, 0, 6, marks)
    assert marks.tolist() == [1, 0, 1, 0, 1, 1]
    # numbers go on after those of the node foci; lesion 5 is founded too late
    assert number_listed(made, 0, 6, 5.5, marks, 3) == 7
    assert marks.tolist() == [4, 5, 6, 0, 7, 0]


def test_a_part_of_the_list_leaves_the_rest_as_it_is() -> None:
    made = lesions(4)
    made.parent = [PRIMARY, PRIMARY, 1, 2]
    marks = np.array([0, 0, 0, 1])
    mark_mothers(made, 2, 4, marks)
    assert marks.tolist() == [0, 1, 1, 1]
    assert number_listed(made, 2, 4, 1.0, marks, 0) == 2
    assert marks.tolist() == [0, 1, 1, 2]


def test_large_is_from_a_million_cells() -> None:
    p = parameters()
    for cells, large in ((0.99e6, False), (1.01e6, True)):
        lesion = lesions(1)[0]
        lesion.rate = 0.5
        lesion.start = 1.0
        # at time 3 it has so many cells: y(3) = y(1) e^(-2 b)
        lesion.ln_y = np.log(p.log_capacity - np.log(cells)) + 2.0 * lesion.rate
        assert is_large(p, lesion, 3.0) == large
        assert not is_large(p, lesion, 1.0)  # not before it grows
