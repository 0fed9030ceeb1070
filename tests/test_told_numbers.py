"""README.md says how well the model fits in the numbers of docs/trials-validation.md."""

from __future__ import annotations

import pytest

from told_numbers import PAGE, README, found_on, table, told

README_TEXT = README.read_text(encoding="utf-8")
PAGE_TEXT = PAGE.read_text(encoding="utf-8")


def test_the_readme_says_what_the_page_says() -> None:
    assert told(README_TEXT, PAGE_TEXT) == README_TEXT


def test_another_page_gives_another_table_and_leaves_the_rest() -> None:
    facts = found_on(PAGE_TEXT)["facts on the women who enrol, within ten points"]
    other = PAGE_TEXT.replace(f"| {facts} |", "| 41 of 42 (98 %) |")
    changed = told(README_TEXT, other)
    assert "facts on the women who enrol met within ten points | 41 of 42 |" in changed
    assert [
        a for a, b in zip(changed.splitlines(), README_TEXT.splitlines(), strict=True) if a != b
    ] == ["| facts on the women who enrol met within ten points | 41 of 42 |"]


def test_a_row_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="begins with 'facts on the women'"):
        table(PAGE_TEXT.replace("facts on the women who enrol", "facts"))
    with pytest.raises(ValueError, match="no table under"):
        told("# seedsoil\n", PAGE_TEXT)
