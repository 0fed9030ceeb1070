"""The words of the explorer: two languages alike, plain to read, one denominator, and each of them used."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

import seedsoil as ss
from reading import HOLE, WORD, reading_age, sentences, syllables
from seedsoil import vocabulary as words
from seedsoil.catalog.entry import Status

ROOT = Path(__file__).parents[1]
STRINGS = ROOT / "web" / "strings"
LANGUAGES = ("en", "de")
OLDEST_READER = 14.0
"""Years: who is so old reads every page with ease."""
PROSE = 15
"""Words from which on a text is judged alone: the formulas are for prose, not for labels."""

Strings = dict[str, dict[str, str]]


def read(language: str) -> Strings:
    found: Strings = json.loads((STRINGS / f"{language}.json").read_text("utf-8"))
    return found


ALL = {language: read(language) for language in LANGUAGES}
KEYS = {f"{group}.{key}" for group, texts in ALL["en"].items() for key in texts}


def text(language: str, key: str) -> str:
    group, _, rest = key.partition(".")
    return ALL[language][group][rest]


def slug(word: str) -> str:
    """The key of a word of the data, as web/src/strings.ts makes it."""
    word = re.sub(r"(hr|her2)-", r"\1_neg", word.lower().replace("+", "_pos"))
    return re.sub(r"[^a-z0-9]+", "_", word).strip("_")


def test_both_languages_say_the_same_things() -> None:
    for language in LANGUAGES[1:]:
        assert {g: list(t) for g, t in ALL[language].items()} == {
            g: list(t) for g, t in ALL["en"].items()
        }
        for key in KEYS:
            assert sorted(HOLE.findall(text(language, key))) == sorted(
                HOLE.findall(text("en", key))
            ), key
    same = [
        k for k in KEYS if text("en", k) == text("de", k) and len(WORD.findall(text("en", k))) > 3
    ]
    assert same == []  # nothing was left untranslated


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_plain_text_without_gaps(language: str) -> None:
    for key in KEYS:
        shown = text(language, key)
        assert shown.strip() == shown, key
        assert shown, key
        assert not re.search(r"<|&\w+;|\$\{|  ", shown), key
        assert shown.count("{") == shown.count("}") == len(HOLE.findall(shown)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_frequencies_are_of_a_hundred(language: str) -> None:
    """One denominator in both frames, and no percentages."""
    of = {"en": r"\b(?:of|in|out of) (\d+)\b(?! to)", "de": r"\bvon (\d+)\b(?! bis)"}[language]
    for key in KEYS:
        shown = HOLE.sub("", re.sub(r"\b(18|19|20)\d\d\b", "", text(language, key)))
        assert set(re.findall(of, shown)) <= {"100"}, key
        # the name that a 95 % interval has in the field, in the glossary, is the only one
        assert not re.search(r"%|\bpercent|\bProzent", re.sub(r"95[ -]%", "", shown)), key
    for dead, alive in (
        ("answer.dead", "answer.alive"),
        ("answer.frame_dead", "answer.frame_alive"),
    ):
        assert text(language, dead) != text(language, alive)


def test_the_formulas_give_published_examples() -> None:
    counted = {
        "metastasis": 4,
        "women": 2,
        "stored": 1,
        "treatment": 2,
        "table": 2,
        "people": 2,
        "the": 1,
    }
    assert {word: syllables(word, "en") for word in counted} == counted
    counted = {
        "Wahrscheinlichkeit": 4,
        "Behandlung": 3,
        "Frauen": 2,
        "Brustkrebs": 2,
        "Metastase": 5,
    }
    # one too many in the last: errors are to the hard side
    assert {word: syllables(word, "de") for word in counted} == counted
    assert sentences("One thought. Is it? Yes, 1.5 of it!") == [
        "One thought",
        " Is it",
        " Yes, 1.5 of it",
    ]
    # six words of one syllable in one sentence: 0.39·6 + 11.8 - 15.59
    assert reading_age("The cat sat on the mat.", "en") == pytest.approx(5 - 1.45)
    # four words, one of three syllables and more than six letters, two of one: by hand
    simple = 0.1935 * 25 + 0.1672 * 4 + 0.1297 * 25 - 0.0327 * 50 - 0.875 + 6
    assert reading_age("Die Behandlung hilft Frauen.", "de") == pytest.approx(simple)
    hard = {
        "en": "Notwithstanding considerable heterogeneity, multivariable regression demonstrated "
        "statistically significant associations between endocrine responsiveness and overall survival.",
        "de": "Unter Berücksichtigung der erheblichen Heterogenität ergaben multivariable "
        "Regressionsanalysen signifikante Zusammenhänge zwischen Hormonrezeptorstatus und Gesamtüberleben.",
    }
    assert all(reading_age(hard[language], language) > OLDEST_READER + 4 for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_can_be_read_at_fourteen(language: str) -> None:
    too_hard = {}
    for group, texts in ALL[language].items():
        prose = [
            shown for shown in texts.values() if shown[-1] in ".?!" and len(WORD.findall(shown)) > 3
        ]
        judged = {f"{group}.{key}": s for key, s in texts.items() if len(WORD.findall(s)) >= PROSE}
        if prose:
            judged[group] = " ".join(prose)
        for name, shown in judged.items():
            age = reading_age(shown, language)
            if age > OLDEST_READER:
                too_hard[name] = round(age, 1)
    assert too_hard == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_data_has_words(language: str) -> None:
    kinds = {
        "subtype": ("all", *words.SUBTYPES),
        "presentation": ("all", *words.METASTATIC_PRESENTATIONS),
        "strategy": tuple(ss.catalog().strategies),
        "organ": words.PLACES,
        "route": words.ROUTES,
        "symptom": words.ALL_SYMPTOMS,
        "class": words.CLASSES,
        "response": words.RESPONSES,
        "stop": words.DRUG_STOP_REASONS,
        "outcome": words.OUTCOMES,
        "stage": words.STAGES,
        "foundby": words.FOUND_BY,
        "progression": words.PROGRESSED_BY,
        "adjuvant": ("none", *words.THERAPIES),
        "status": get_args(Status),
    }
    known = ALL[language]["terms"]
    lacking = [
        name
        for kind, found in kinds.items()
        for word in found
        if (name := f"{kind}_{slug(word)}") not in known
    ]
    assert lacking == []


def test_the_disclaimer_says_what_it_must() -> None:
    assert text("en", "app.disclaimer") == "For research and teaching; not a prognosis."
