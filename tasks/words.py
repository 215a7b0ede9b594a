"""Whether a text has the words somebody looks for, and the part of it around them. Pure, and knows no language."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from tasks.models.text import plain

EXCERPT = 200
"""Characters, at most."""

BEFORE = 60
"""Characters of an excerpt that stand before what was found, when there are as many."""

STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode takes for letters of their own, and people who type in a hurry do not."""


def words_of(text: str) -> tuple[str, ...]:
    """What to look for, as `fold` writes it, each once; empty when there is nothing but blanks and accents."""
    return tuple(dict.fromkeys(fold(text).split()))


def has_all(text: str, words: Sequence[str]) -> bool:
    """Whether each of the words, which `words_of` made, stands somewhere in the text, also within another word."""
    folded = fold(text)
    return all(word in folded for word in words)


def fold(text: str) -> str:
    """Without case, accents, and differences of mere form (Unicode 16, 3.13.5, compatibility caseless matching)."""
    if text.isascii():
        return text.casefold()
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(sign for sign in bare if not unicodedata.combining(sign)).translate(STROKES)


def excerpt(text: str, words: Sequence[str] = ()) -> str:
    """At most 200 characters in one line: around the first of the words, or from the start; `…` where it is cut."""
    line = plain(text)
    if len(line) <= EXCERPT:
        return line
    start = min(max(0, _first(line, words) - BEFORE), len(line) - EXCERPT)
    part = line[start : start + EXCERPT]
    head = "…" if start > 0 else ""
    tail = "…" if start + EXCERPT < len(line) else ""
    return head + part[len(head) : EXCERPT - len(tail)] + tail


def _first(line: str, words: Sequence[str]) -> int:
    """Where the first of the words begins; 0 when there is none."""
    folded = fold(line)
    places = [place for word in words if (place := folded.find(word)) >= 0]
    return _unfolded(line, min(places)) if places else 0


def _unfolded(line: str, place: int) -> int:
    """Which sign of the line a place in its folded form comes from. Each sign folds on its own."""
    folded = 0
    for number, sign in enumerate(line):
        folded += len(_fold_sign(sign))
        if folded > place:
            return number
    return 0


@lru_cache(maxsize=4096)
def _fold_sign(sign: str) -> str:
    return fold(sign)
