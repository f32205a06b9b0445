"""Words that are like a word: what somebody may have meant who made a typing error.

An error is a letter left out, put in, wrong, or swapped with the next (Damerau's). Up to seven
letters a word is taken to have one, longer ones up to two. For one error every variant of the word
is looked up in the vocabulary, which takes an index probe each. Two errors, or one in a script
with too many letters, leave the beginning or the ending of the word alone: the words that share
one of these are read and compared.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from db.rows import Connection, Row, fetch

MIN_CHARACTERS: Final = 3
"""Shorter words are taken as they are typed."""

MAX_CHARACTERS: Final = 20
"""And so are longer ones."""

TWO_ERRORS: Final = 8
"""From this length on a word may have two errors."""

MIN_BEGINNING: Final = 3
"""Shorter beginnings are those of too many words."""

SHARED_CHARACTERS: Final = 3
SHARED_WORDS: Final = 4_000
"""Words of one beginning or ending that are compared, at most."""

_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS: Final = frozenset(
    pair
    for row in _KEYBOARD
    for left, right in itertools.pairwise(row)
    for pair in (left + right, right + left)
) | frozenset(
    pair
    for upper, lower in itertools.pairwise(_KEYBOARD)
    for at, letter in enumerate(lower)
    for other in upper[at : at + 2]
    for pair in (letter + other, other + letter)
)

_ALPHABETS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзиклмнопрстуфхцчшщъыьэюя",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "אבגדהוזחטיכלמנסעפצקרשתךםןףץ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىء",
)


class Similar(NamedTuple):
    """A word, or a `beginning` of words, and how unlike it is to what was typed: an error costs
    about 1, less where fingers slip easily."""

    word: str
    beginning: bool
    cost: float
    frequency: int


class Known(Row):
    word: str
    frequency: int


def alphabet_of(word: str) -> str | None:
    """The letters that may stand where another of `word` is; None where there are too many."""
    return next((letters for letters in _ALPHABETS if any(c in letters for c in word)), None)


def variants(word: str, letters: str) -> dict[str, float]:
    """All that differs from `word` by one error, with the cost of that error."""
    costs: dict[str, float] = {}

    def add(variant: str, cost: float) -> None:
        if variant != word and cost < costs.get(variant, 9.0):
            costs[variant] = cost

    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        first = 0.3 if at == 0 else 0.0
        for letter in letters:
            add(head + letter + tail, 1.0 + first)
        if not tail:
            continue
        typed = tail[0]
        rest = tail[1:]
        doubled = at > 0 and word[at - 1] == typed
        add(head + rest, (0.7 if doubled else 0.9) + first)
        for letter in letters:
            near = typed + letter in _NEIGHBOURS
            add(head + letter + rest, (0.8 if near else 1.1) + first)
        if rest:
            add(head + rest[0] + typed + rest[1:], 0.8 + first)
    return costs


def distance(typed: str, word: str, beginning: bool) -> int:
    """Errors between what was typed and a word, or the best beginning of it; 3 and more is 3."""
    if not beginning:
        return OSA.distance(typed, word, score_cutoff=2)
    lengths = range(max(len(typed) - 2, 1), min(len(typed) + 2, len(word)) + 1)
    return min((OSA.distance(typed, word[:n], score_cutoff=2) for n in lengths), default=3)


async def select_frequencies(connection: Connection, words: Sequence[str]) -> dict[str, int]:
    """In how many rows the words are; unknown ones are left out."""
    rows = await fetch(
        connection,
        Known,
        "SELECT word, frequency FROM search_words WHERE word = ANY($1::text[])",
        words,
    )
    return {row.word: row.frequency for row in rows}


async def select_beginnings(connection: Connection, beginnings: Sequence[str]) -> dict[str, int]:
    """In how many rows words begin so, by the first few such words; unknown ones are left out."""
    rows = await fetch(
        connection,
        Known,
        """
        SELECT beginning AS word, sum(frequency)::integer AS frequency
        FROM unnest($1::text[]) AS beginning
        CROSS JOIN LATERAL (
            SELECT frequency FROM search_words
            WHERE word >= beginning AND word < beginning || U&'\\+10FFFF'
            ORDER BY word LIMIT 32
        ) AS found
        GROUP BY beginning
        """,
        beginnings,
    )
    return {row.word: row.frequency for row in rows}


async def select_sharing(
    connection: Connection, beginning: str, ending: str, shortest: int, longest: int
) -> list[Known]:
    """Words of some length that begin so, or end so (`ending` is backwards)."""
    return await fetch(
        connection,
        Known,
        """
        (SELECT word, frequency FROM search_words
         WHERE word >= $1 AND word < $1::text || U&'\\+10FFFF'
           AND length(word) BETWEEN $3 AND $4
         LIMIT $5)
        UNION ALL
        (SELECT word, frequency FROM search_words
         WHERE reverse(word) >= $2 AND reverse(word) < $2::text || U&'\\+10FFFF'
           AND length(word) BETWEEN $3 AND $4
         LIMIT $5)
        """,
        beginning,
        ending,
        shortest,
        longest,
        SHARED_WORDS,
    )


async def similar_words(connection: Connection, word: str, unfinished: bool) -> list[Similar]:
    """What may have been meant by a word; not the word itself."""
    if not MIN_CHARACTERS <= len(word) <= MAX_CHARACTERS:
        return []
    letters = alphabet_of(word)
    found: list[Similar] = []
    if letters is not None:
        costs = variants(word, letters)
        known = await select_frequencies(connection, list(costs))
        found = [Similar(w, False, costs[w], known[w]) for w in known]
        if unfinished:
            starts = {v: cost for v, cost in costs.items() if len(v) >= MIN_BEGINNING}
            known = await select_beginnings(connection, list(starts))
            found += [Similar(w, True, starts[w] + 0.1, known[w]) for w in known]
    if not found and (letters is None or len(word) >= TWO_ERRORS):
        found = await _with_two_errors(connection, word, unfinished, 1 if letters is None else 2)
    return found


async def _with_two_errors(
    connection: Connection, word: str, unfinished: bool, errors: int
) -> list[Similar]:
    shared = min(SHARED_CHARACTERS, len(word) - errors)
    rows = await select_sharing(
        connection,
        word[:shared],
        word[-1 : -shared - 1 : -1],
        len(word) - errors,
        MAX_CHARACTERS if unfinished else len(word) + errors,
    )
    found = {row.word: row.frequency for row in rows}
    return [
        Similar(other, False, 1.1 * apart, frequency)
        for other, frequency in found.items()
        if other != word and (apart := distance(word, other, unfinished)) <= errors
    ]


def best(found: list[Similar], most: int) -> tuple[Similar, ...]:
    """The likeliest of similar words, at most so many, and half as many beginnings."""

    def likeliness(similar: Similar) -> float:
        return math.log1p(similar.frequency) - 3 * similar.cost

    ranked = sorted(found, key=likeliness, reverse=True)
    words = [similar for similar in ranked if not similar.beginning]
    beginnings = [similar for similar in ranked if similar.beginning]
    return (*words[:most], *beginnings[: most // 2])
