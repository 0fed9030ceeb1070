"""Reading and checking a registry extract.

Rows that hold a missing value, or another kind of patient, are set apart and counted; a file with rows
that cannot be read is used only when the caller allows it. What can be read in two ways is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seedsoil.errors import DataErrors
from seedsoil.matching.cohort import Cohort, Rejected
from seedsoil.matching.columns import check_endpoint, check_size_unit, check_time_unit
from seedsoil.matching.dates import check_date_format
from seedsoil.matching.judging import judge
from seedsoil.matching.reader import read
from seedsoil.matching.readings import ER_CUT_FMOL
from seedsoil.matching.settings import Settings, check_codes, check_constants, check_er_cut

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ER_CUT_FMOL", "Cohort", "Rejected", "read_cohort"]


def read_cohort(
    path: str | Path,
    *,
    endpoint: str | None = None,
    time: str | None = None,
    event: str | None = None,
    time_unit: str | None = None,
    size_unit: str | None = None,
    date_format: str | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    er_cut: float | None = None,
    allow_bad_rows: bool = False,
) -> Cohort:
    """Read and check a registry extract: text in UTF-8, a line naming the columns, one row a woman.

    Separators are tabs, semicolons, commas or bars. `columns` maps roles to column names and wins over
    the known names; `time` and `event` are short for two of them. `constants` gives roles that are the
    same for all women, such as {"nodes": 0}; `codes` says what codes mean, such as
    {"event": {"2": "event", "1": "censored"}}. `time_unit` is days, months or years and `size_unit` mm
    or cm; when they are None they are told from names and values, and a note says so. `date_format`:
    dmy, mdy, ymd or a form such as %d/%m/%Y. `er_cut` is the amount at and above which a numeric ER is
    positive, by default `ER_CUT_FMOL` (a column of zeros and ones is read as it is). Without `endpoint`
    it is `any`, or `death` if the file tells only death.

    Raises DataErrors listing all that is wrong: columns that are missing, columns that can be read in
    two ways, and rows that cannot be read if `allow_bad_rows` is False.
    """
    settings = settings_of(
        endpoint=endpoint,
        time=time,
        event=event,
        time_unit=time_unit,
        size_unit=size_unit,
        date_format=date_format,
        columns=columns,
        constants=constants,
        codes=codes,
        er_cut=er_cut,
        allow_bad_rows=allow_bad_rows,
    )
    cohort, problems = judge(read(Path(path), settings))
    if problems or cohort is None:
        raise DataErrors(problems)
    return cohort


def settings_of(
    *,
    endpoint: str | None = None,
    time: str | None = None,
    event: str | None = None,
    time_unit: str | None = None,
    size_unit: str | None = None,
    date_format: str | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    er_cut: float | None = None,
    allow_bad_rows: bool = False,
) -> Settings:
    """The arguments of `read_cohort`, checked; raises InputError for one that cannot be used."""
    stated = {r: c for r, c in (("time", time), ("event", event)) if c is not None}
    return Settings(
        endpoint=check_endpoint(endpoint),
        columns={**(columns or {}), **stated},
        constants=check_constants(constants or {}),
        codes=check_codes(codes or {}),
        time_unit=check_time_unit(time_unit),
        size_unit=check_size_unit(size_unit),
        date_format=check_date_format(date_format),
        er_cut=check_er_cut(er_cut),
        allow_bad_rows=allow_bad_rows,
    )
