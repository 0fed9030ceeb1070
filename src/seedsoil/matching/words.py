"""The words and codes in which registry extracts answer: yes, no, positive, dead, censored, unknown."""

from __future__ import annotations

import re

MISSING = frozenset((
    "", "na", "n/a", "#n/a", "nan", "null", "none", ".", "?", "unknown", "unk", "missing", "nk",
    "not available", "not reported", "not known", "not evaluated", "not applicable", "not done",
    "not performed", "test not done", "test not done or result not available", "indeterminate",
    "borderline", "equivocal", "borderline/unknown", "borderline or unknown", "no/unknown",
    "no/unk", "recode not available", "blank", "blank(s)", "--", "'--", "discrepancy", "<na>",
))  # fmt: skip
"""What stands for an unknown value; also in square brackets."""
POSITIVE = frozenset((
    "positive", "pos", "+", "p", "yes", "y", "true", "t", "positve", "amplified", "elevated",
    "overexpressed",
))  # fmt: skip
NEGATIVE = frozenset((
    "negative", "neg", "-", "n", "no", "false", "f", "normal", "not amplified",
))  # fmt: skip
YES = frozenset(("yes", "y", "true", "t", "given", "received", "+"))
NO = frozenset(("no", "n", "false", "f", "not given", "not received", "-"))
FEMALE = frozenset(("female", "f", "woman", "women", "w", "fem"))
MALE = frozenset(("male", "m", "man", "men"))

DEATH, RECURRENCE, CAUSE = "death", "recurrence", "death of one cause"

_EVENT_WORDS: dict[str, tuple[float, str | None]] = {
    **dict.fromkeys(("event", "yes", "y", "true", "t"), (1.0, None)),
    **dict.fromkeys(("censored", "censor", "no event", "no", "n", "false", "f"), (0.0, None)),
    **dict.fromkeys(
        ("dead", "deceased", "died", "death", "died of disease", "died of other causes",
         "died of other cause", "dead of disease", "dead of other causes", "died of cancer"),
        (1.0, DEATH),
    ),
    **dict.fromkeys(("alive", "living"), (0.0, DEATH)),
    **dict.fromkeys(
        ("recurred", "recurrence", "relapsed", "relapse", "recurred/progressed", "progressed",
         "progression", "metastasis", "distant recurrence", "local recurrence"),
        (1.0, RECURRENCE),
    ),
    **dict.fromkeys(
        ("not recurred", "no recurrence", "not relapsed", "no relapse", "disease free",
         "diseasefree", "disease-free", "relapse free", "relapse-free", "recurrence free",
         "recurrence-free", "no metastasis"),
        (0.0, RECURRENCE),
    ),
    **dict.fromkeys(
        ("dead with tumor", "dead (attributable to this cancer dx)"), (1.0, CAUSE)
    ),
    **dict.fromkeys(
        ("alive or dead tumor free", "alive or dead of other cause"), (0.0, CAUSE)
    ),
}  # fmt: skip

_CODE_AND_WORD = re.compile(r"^\d+\s*[:=–-]\s*(?=\D)(.+)$")
_WORD_AND_CODE = re.compile(r"^(\D+?)\s*\(\d+\)$")


def is_missing(text: str) -> bool:
    """Whether the cell says that the value is unknown."""
    word = text.strip().lower()
    if word.startswith("[") and word.endswith("]"):
        word = word[1:-1].strip()
    return word in MISSING


def without_code(text: str) -> str:
    """`0:LIVING`, `0 = living` and `living (0)` as `living`; anything else in lower case."""
    word = " ".join(text.strip().lower().split())
    for form in (_CODE_AND_WORD, _WORD_AND_CODE):
        if found := form.match(word):
            return found[1].strip()
    return word


def event_word(text: str) -> tuple[float, str | None] | None:
    """1 (event) or 0 (censored) and the kind of event that the word names; None if it is no word."""
    word = " ".join(text.strip().lower().split())
    return _EVENT_WORDS.get(word) or _EVENT_WORDS.get(without_code(text))


def shown(text: str) -> str:
    """A stated value as it is printed."""
    return "".join(c if c.isprintable() else "?" for c in text[:40])
