"""What one cell of a registry extract may hold: parsing and checking, a value at a time.

Every parser returns numbers, or raises `BadValueError` with the reason in words: the cell cannot be
read, the value is missing, or it says that the model does not simulate such a patient.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from seedsoil.matching import words
from seedsoil.matching.bands import Band, looks_like_a_date, parse_band, tidy
from seedsoil.matching.cohort import MISSING, NOT_COMPARED, UNREADABLE
from seedsoil.matching.columns import printable

SIZE_BANDS = ("<=20 mm", "20-50 mm", ">50 mm")
"""Bands of the largest diameter, those of T1, T2 and T3: up to 20, over 20 to 50, over 50 mm."""
NODE_GROUPS = ("0 nodes", "1-3 nodes", "4-9 nodes", "10+ nodes")
"""Groups of the number of positive axillary nodes, those of pN0 to pN3 by count."""
SIZE_LIMITS_MM = (20.0, 50.0)
NODE_LIMITS = (1, 4, 10)
YOUNGEST, OLDEST = 18.0, 110.0
LARGEST_DIAMETER_MM = 300.0
MOST_NODES = 90
"""The American registries write 90 for 90 and more, and use 95 to 99 as codes."""
MM_PER_CM = 10.0

WORD_NEGATIVE, WORD_POSITIVE = -1.0, -2.0
"""What a receptor is read as when a word says it, beside amounts, which are 0 or more."""
FIRST_CODE = 10.0
"""What a sex given as the number n is read as: FIRST_CODE + n."""

_NO_SIZE = frozenset(("998", "999", "888", "9999"))
_SEER_SIZE = {
    "990": (0.0, 1.0), "991": (0.0, 10.0), "992": (10.0, 20.0), "993": (20.0, 30.0),
    "994": (30.0, 40.0), "995": (40.0, 50.0), "996": (50.0, LARGEST_DIAMETER_MM),
    "989": (LARGEST_DIAMETER_MM, LARGEST_DIAMETER_MM),
}  # fmt: skip
_T = re.compile(r"^(yp|p|c)?(t?)([0-4]|is|x)(?:mic|mi|nos|[a-d]\d?|\(.*\))*$")
_T_RANGES = {"1": (0.0, 20.0), "2": (20.0, 50.0), "3": (50.0, LARGEST_DIAMETER_MM)}
_N = re.compile(r"^(yp|p|c)?(n?)([0-3]|x)(?:mic|mi|nos|[a-d]|\(.*\)|sn|i[+-])*$")
_N_RANGES = {"0": (0.0, 0.0), "1": (1.0, 3.0), "2": (4.0, 9.0), "3": (10.0, float(MOST_NODES))}
_M = re.compile(r"^(?:yp|p|c)?m?(0|1|x)(?:[a-e]|\(.*\))*$")
_NO_METASTASIS = frozenset(
    ("no", "n", "false", "local", "localized", "localised", "regional", "in situ")
)
_STAGE_FOUR = re.compile(r"^(?:stage)?(?:iv|4)[a-c]?$")
_STAGE_ZERO = re.compile(r"^(?:stage)?0(?:a|is)?$")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+$")
_GIVEN, _NOT_GIVEN = frozenset((1, 2, 3)), frozenset((0, 82, 85, 86, 87))
_GIVEN_UNKNOWN = frozenset((88, 99))


class BadValueError(ValueError):
    """A cell that cannot be used; the message says why.

    `kind` is one of `cohort.KINDS`. `about`, `value` and `rule` say the same in parts, for many cells
    told together: what cannot be read, what it holds, and what is allowed.
    """

    def __init__(
        self,
        message: str,
        kind: str = UNREADABLE,
        *,
        about: str = "",
        value: str = "",
        rule: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.about = about or message
        self.value = value
        self.rule = rule


class Numbers:
    """Reads numbers, with a decimal point or, throughout a column, a decimal comma."""

    def __init__(self) -> None:
        self.comma: dict[str, int] = {}
        self.point: dict[str, int] = {}

    def read(self, text: str, column: str, line: int) -> float:
        """The finite number in `text`; remembers which decimal sign the column uses, and where."""
        if _DECIMAL_COMMA.match(text):
            self.comma.setdefault(column, line)
            text = text.replace(",", ".")
        elif "." in text:
            self.point.setdefault(column, line)
        try:
            value = float(text) if len(text) < 40 else math.nan
        except ValueError:
            raise unreadable(column, text, "not a number") from None
        if not math.isfinite(value) or "_" in text:
            raise unreadable(column, text, "not a finite number")
        return value

    def mixed(self) -> str | None:
        """What is wrong where a column uses both signs, naming the later of the two first lines."""
        for column, line in self.comma.items():
            if column in self.point:
                other = self.point[column]
                late, sign = (line, "comma") if line > other else (other, "point")
                return (
                    f"line {late}: {column} has a decimal {sign}, earlier lines the other sign; "
                    "one file must use one decimal sign"
                )
        return None


Values = tuple[float, ...]
Parser = Callable[[str, str, int], Values]
UNKNOWN: Values = (math.nan,)


def unreadable(column: str, text: str, rule: str, *, quoted: bool = True) -> BadValueError:
    """The error for a cell that holds what is not allowed."""
    shown = f"'{printable(text)}'" if quoted else printable(text)
    return BadValueError(
        f"{column} is {shown}: {rule}",
        about=f"{column} cannot be read",
        value=f"'{printable(text)}'",
        rule=rule,
    )


def _present(text: str, column: str) -> str:
    if words.is_missing(text):
        raise BadValueError(
            f"{column} is missing" + (f" ({printable(text)})" if text else ""), MISSING
        )
    return text


def _other(column: str, text: str, why: str) -> BadValueError:
    return BadValueError(f"{column} is {printable(text)}: {why}", NOT_COMPARED)


def age(numbers: Numbers) -> Parser:
    """Age at diagnosis in years, 18 to 110, or a band of ages, as (low, high)."""
    allowed = f"allowed {YOUNGEST:g} to {OLDEST:g} years, or a band such as 50-59"

    def parse(text: str, column: str, line: int) -> Values:
        word = tidy(_present(text, column)).removesuffix("old").removesuffix("years")
        band = parse_band(word)
        if band:
            # completed years: 30-39 ends on the 40th birthday
            low = max(
                band.low + (1.0 if band.low_open and band.high == math.inf else 0.0), YOUNGEST
            )
            high = band.high if band.high_open else min(band.high + 1.0, OLDEST)
            if not low < high <= OLDEST:
                raise unreadable(column, text, allowed)
            return low, high
        value = numbers.read(word or text, column, line)
        if not YOUNGEST <= value <= OLDEST:
            in_days = YOUNGEST * 365 <= value <= OLDEST * 366
            birth = 1880 <= value <= 2030
            more = " (a year of birth?)" if birth else " (an age in days?)" if in_days else ""
            raise unreadable(column, text, allowed + more, quoted=False)
        return value, value

    return parse


def size(numbers: Numbers, *, as_stage: bool, seer: bool, unit: str) -> Parser:
    """Diameter in mm or a band of it, as (low, high); T1, T2 and T3 are bands.

    `as_stage`: a bare 1, 2, 3 is a T category; `seer`: 990 to 998 are codes; `unit`: of cells that do
    not name theirs.
    """
    allowed = (
        "allowed T1, T2, T3"
        if as_stage
        else f"allowed a diameter in {unit}, a band such as <=20, 20-50 or >50, or T1, T2, T3"
    )

    def parse(text: str, column: str, line: int) -> Values:
        word = tidy(_present(text, column))
        category = _T.match(word)
        if category and (category[2] or category[1] or as_stage):
            return _t_category(category, text, column)
        if as_stage:
            raise unreadable(column, text, allowed)
        if seer and word.lstrip("0") in _SEER_SIZE:
            return _SEER_SIZE[word.lstrip("0")]
        if word in _NO_SIZE:
            raise BadValueError(f"{column} is missing ({word})", MISSING)
        scale = MM_PER_CM if unit == "cm" else 1.0
        for suffix, factor in (("mm", 1.0), ("cm", MM_PER_CM)):
            if word.endswith(suffix):
                word, scale = word.removesuffix(suffix), factor
        band = parse_band(word)
        if band:
            return _size_band(band, scale, text, column, allowed)
        try:
            value = scale * numbers.read(word, column, line)
        except BadValueError:
            hint = "; did a spreadsheet make a date of a band?" if looks_like_a_date(text) else ""
            raise unreadable(column, text, allowed + hint) from None
        if not 0.0 < value <= LARGEST_DIAMETER_MM:
            raise unreadable(
                column, text, f"allowed over 0 to {LARGEST_DIAMETER_MM:g} mm", quoted=False
            )
        return value, value

    return parse


def _t_category(found: re.Match[str], text: str, column: str) -> Values:
    if found[1] == "yp":
        raise _other(column, text, "measured after neoadjuvant treatment")
    if found[3] == "x":
        raise BadValueError(f"{column} is missing ({printable(text)})", MISSING)
    if found[3] == "is":
        raise _other(column, text, "carcinoma in situ")
    if found[3] == "0":
        raise _other(column, text, "no primary tumour was found")
    if found[3] == "4":
        raise _other(column, text, "only T1, T2 and T3 are simulated")
    return _T_RANGES[found[3]]


def _size_band(band: Band, scale: float, text: str, column: str, allowed: str) -> Values:
    low, high = scale * band.low, min(scale * band.high, LARGEST_DIAMETER_MM)
    if not 0.0 <= low <= high or high == 0:
        raise unreadable(column, text, allowed)
    return low, high


def nodes(numbers: Numbers, *, as_stage: bool, as_status: bool, as_group: bool) -> Parser:
    """Number of positive nodes or a band of it, as (low, high); N0 to N3 are bands.

    `as_stage`: a bare digit is an N category; `as_status`: 1, or yes, is any number from 1;
    `as_group`: a bare number may be that of a group, and is refused.
    """
    allowed = f"allowed a whole number, 0 to {MOST_NODES}, a band such as 1-3 or 10+, or N0 to N3"
    some = (1.0, float(MOST_NODES))

    def parse(text: str, column: str, line: int) -> Values:
        word = tidy(_present(text, column)).removesuffix("nodes").removesuffix("node")
        category = _N.match(word)
        if category and (category[2] or as_stage):
            if category[1] == "yp":
                raise _other(column, text, "counted after neoadjuvant treatment")
            if category[3] == "x":
                raise BadValueError(f"{column} is missing ({printable(text)})", MISSING)
            return _N_RANGES[category[3]]
        if as_stage:
            raise unreadable(column, text, "allowed N0, N1, N2, N3 and their parts")
        if word in words.POSITIVE or (as_status and word == "1"):
            return some
        if word in words.NEGATIVE:
            return 0.0, 0.0
        band = parse_band(word)
        if band:
            low = band.low + (1.0 if band.low_open else 0.0)
            high = min(band.high - (1.0 if band.high_open else 0.0), float(MOST_NODES))
            if not low <= high or low != int(low) or high != int(high):
                raise unreadable(column, text, allowed)
            return low, high
        if looks_like_a_date(text):
            raise unreadable(column, text, allowed + "; did a spreadsheet make a date of a band?")
        value = numbers.read(word, column, line)
        if value in (95.0, 97.0):
            return some
        if value in (98.0, 99.0):
            what = "nodes were not examined" if value == 98 else "unknown"
            raise BadValueError(f"{column} is missing ({value:.0f}: {what})", MISSING)
        if value < 0 or value != int(value) or value > MOST_NODES:
            raise unreadable(column, text, allowed, quoted=False)
        if as_group and value > 0:
            raise unreadable(
                column, text, "a number of nodes or of a group? Allowed 0, 1-3, 4-9, 10+"
            )
        return value, value

    return parse


def receptor(numbers: Numbers) -> Parser:
    """A receptor: -1 for a word meaning negative, -2 for positive, else the number (0 or more).

    What a number means (0/1, or an amount against a cut) is known only when the column is read.
    """
    allowed = "allowed a number, positive, negative, + or -"

    def parse(text: str, column: str, line: int) -> Values:
        word = words.without_code(_present(text, column))
        _present(word, column)
        word = word.removeprefix("her2").removeprefix("er").strip(" /") or word
        if word in words.POSITIVE or word == "3+":
            return (WORD_POSITIVE,)
        if word in words.NEGATIVE or word == "1+":
            return (WORD_NEGATIVE,)
        if word == "2+":
            raise BadValueError(f"{column} is 2+: equivocal", MISSING)
        try:
            value = numbers.read(word, column, line)
        except BadValueError:
            raise unreadable(column, text, allowed) from None
        if value < 0:
            raise unreadable(column, text, "an amount cannot be negative", quoted=False)
        return (value,)

    return parse


def optional(parse: Parser) -> Parser:
    """As `parse`, but a missing value is unknown."""

    def parse_if_known(text: str, column: str, line: int) -> Values:
        try:
            return parse(text, column, line)
        except BadValueError as bad:
            if bad.kind == MISSING:
                return UNKNOWN
            raise

    return parse_if_known


def treatment(numbers: Numbers, *, coded: bool) -> Parser:
    """1 if given, 0 if not, NaN if unknown; `coded`: as the American registries code it."""

    def parse(text: str, column: str, line: int) -> Values:
        if words.is_missing(text):
            return UNKNOWN
        word = words.without_code(text)
        if words.is_missing(word):
            return UNKNOWN
        if word in words.YES or word in words.NO:
            return (float(word in words.YES),)
        try:
            value = numbers.read(word, column, line)
        except BadValueError:
            value = -1.0
        if coded and value in _GIVEN_UNKNOWN:
            return UNKNOWN
        if value in (0.0, 1.0) or (coded and value in _GIVEN | _NOT_GIVEN):
            return (float(value in _GIVEN),)
        raise unreadable(column, text, "allowed 0, 1, yes, no, true, false")

    return parse


def follow_up(numbers: Numbers) -> Parser:
    """Time from diagnosis to event or censoring, 0 or more, in the file's unit."""

    def parse(text: str, column: str, line: int) -> Values:
        word = _present(text, column)
        value = numbers.read(word, column, line)
        if value in (9999.0, 99999.0):
            raise BadValueError(f"{column} is missing ({word})", MISSING)
        if value < 0:
            raise unreadable(column, text, "a time cannot be negative", quoted=False)
        return (value,)

    return parse


def year(numbers: Numbers) -> Parser:
    """A calendar year, four digits, NaN where it is none: it is not needed."""

    def parse(text: str, column: str, line: int) -> Values:
        try:
            value = numbers.read(text, column, line)
        except BadValueError:
            return UNKNOWN
        return (value,) if 1900 <= value <= 2100 and value == int(value) else UNKNOWN

    return parse


def sex(numbers: Numbers) -> Parser:
    """0 for a woman; a man is not compared; a number is kept as FIRST_CODE + itself."""

    def parse(text: str, column: str, line: int) -> Values:
        if words.is_missing(text):
            return UNKNOWN
        word = words.without_code(text)
        if word in words.FEMALE:
            return (0.0,)
        if word in words.MALE:
            raise _other(column, text, "a man; only women are simulated")
        try:
            value = numbers.read(word, column, line)
        except BadValueError:
            value = -1.0
        if value not in (0.0, 1.0, 2.0, 9.0):
            raise unreadable(column, text, "allowed female, male, or two codes")
        return (FIRST_CODE + value,) if value != 9.0 else UNKNOWN

    return parse


def m_stage(text: str, column: str, line: int) -> Values:
    """0 for no metastasis at diagnosis, NaN where it is unknown; M1 is not compared."""
    del line
    word = words.without_code(text)
    if words.is_missing(text) or words.is_missing(word):
        return UNKNOWN
    if word in _NO_METASTASIS:
        return (0.0,)
    category = _M.match(tidy(word))
    if word in ("yes", "y", "true", "distant") or (category and category[1] == "1"):
        raise _other(column, text, "metastases at diagnosis; the women compared had none")
    if not category:
        raise unreadable(column, text, "allowed M0, M1, MX, 0, 1, yes, no")
    return (0.0,) if category[1] == "0" else UNKNOWN


def stage(text: str, column: str, line: int) -> Values:
    """0 for the stages that are compared; stage IV and stage 0 are not."""
    del line
    word = tidy(words.without_code(text)).removeprefix("ajcc").removeprefix("pathologic")
    if _STAGE_FOUR.match(word):
        raise _other(column, text, "metastases at diagnosis; the women compared had none")
    if _STAGE_ZERO.match(word):
        raise _other(column, text, "carcinoma in situ")
    return (0.0,)
