"""How old a reader must be to read a text, by the published formulas for English and German.

English: the grade of Flesch and Kincaid (Kincaid 1975), a school year of the United States, plus 5. German:
the first Wiener Sachtextformel (Bamberger and Vanecek 1984), a school year, plus 6. Syllables: those of
Pyphen's dictionaries of hyphenation or groups of vowels, whichever are more, so that the error is to the hard
side.
"""

from __future__ import annotations

import re

import pyphen

WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.?!]+(?=\s|$|[”“\"])")
HOLE = re.compile(r"\{\w+\}")
VOWELS = {
    "en": re.compile(r"[aeiouy]+"),
    "de": re.compile(r"ei|ai|au|äu|eu|ie|aa|ee|oo|[aeiouyäöü]"),
}
SILENT = re.compile(r"(?<=[^aeiouyl])e$|(?<=[^aeiouydt])ed$|(?<=[^aeiouylscxz])es$")
HYPHENS = {
    "en": pyphen.Pyphen(lang="en_GB", left=1, right=1),
    "de": pyphen.Pyphen(lang="de_DE", left=1, right=1),
}
NUMBER = {"en": "ten", "de": "zehn"}
"""What stands for a number that the page fills in."""


def syllables(word: str, language: str) -> int:
    """Spoken syllables of a word, at least 1."""
    word = word.lower()
    heard = SILENT.sub("", word) if language == "en" else word
    by_vowels = len(VOWELS[language].findall(heard))
    by_hyphens = HYPHENS[language].inserted(word).count("-") + 1 if len(word) > 3 else 1
    return max(1, by_vowels, by_hyphens if language == "de" else min(by_hyphens, by_vowels + 1))


def sentences(text: str) -> list[str]:
    """The sentences of a text; a text without a full stop is one."""
    return [part for part in SENTENCE_END.split(text) if WORD.search(part)]


def reading_age(text: str, language: str) -> float:
    """Years of age at which a text can be read, on average over its sentences and words."""
    text = HOLE.sub(NUMBER[language], text)
    words = WORD.findall(text)
    counts = [syllables(word, language) for word in words]
    length = len(words) / len(sentences(text))
    if language == "en":
        return 0.39 * length + 11.8 * sum(counts) / len(words) - 15.59 + 5.0
    share = 100.0 / len(words)
    many = share * sum(count >= 3 for count in counts)
    single = share * sum(count == 1 for count in counts)
    long = share * sum(len(word) > 6 for word in words)
    return 0.1935 * many + 0.1672 * length + 0.1297 * long - 0.0327 * single - 0.875 + 6.0
