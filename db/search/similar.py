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
from itertools import chain
from typing import Final, LiteralString, NamedTuple

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
    """A word of the vocabulary, or a `beginning` of some, and in how many rows it is."""

    word: str
    beginning: bool
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


async def select_known(
    connection: Connection, words: Sequence[str], beginnings: Sequence[str]
) -> list[Known]:
    """Those of `words` that are in the vocabulary, and those of `beginnings` that a word of it
    has; a beginning counts by the first few of these."""
    return await fetch(connection, Known, SELECT_KNOWN, words, beginnings)


async def select_sharing(
    connection: Connection, beginning: str, ending: str, shortest: int, longest: int
) -> list[Known]:
    """Words of some length that begin so, or end so (`ending` is backwards)."""
    return await fetch(
        connection, Known, SELECT_SHARING, beginning, ending, shortest, longest, SHARED_WORDS
    )


SELECT_KNOWN: Final[LiteralString] = """
    SELECT word, false AS beginning, frequency
    FROM search_words WHERE word = ANY($1::text[])
    UNION ALL
    SELECT wanted, true, sum(frequency)::integer
    FROM unnest($2::text[]) AS wanted
    CROSS JOIN LATERAL (
        SELECT frequency FROM search_words
        WHERE word >= wanted AND word < wanted || U&'\\+10FFFF'
        ORDER BY word LIMIT 32
    ) AS found
    GROUP BY wanted
"""

SELECT_SHARING: Final[LiteralString] = """
    (SELECT word, false AS beginning, frequency FROM search_words
     WHERE word >= $1::text AND word < $1 || U&'\\+10FFFF'
       AND length(word) BETWEEN $3 AND $4
     LIMIT $5)
    UNION ALL
    (SELECT word, false, frequency FROM search_words
     WHERE reverse(word) >= $2::text AND reverse(word) < $2 || U&'\\+10FFFF'
       AND length(word) BETWEEN $3 AND $4
     LIMIT $5)
"""


async def similar_words(
    connection: Connection, typed: Sequence[tuple[str, bool]]
) -> list[list[Similar]]:
    """What may have been meant by each word, which is unfinished or not; not the word itself."""
    costs = [_variants_of(word) for word, _ in typed]
    starts = [
        [variant for variant in some if unfinished and len(variant) >= MIN_BEGINNING]
        for (_, unfinished), some in zip(typed, costs, strict=True)
    ]
    known = await select_known(connection, list(chain(*costs)), list(chain(*starts)))
    words = {row.word: row.frequency for row in known if not row.beginning}
    beginnings = {row.word: row.frequency for row in known if row.beginning}
    similar: list[list[Similar]] = []
    for (word, unfinished), some in zip(typed, costs, strict=True):
        found = [Similar(v, False, cost, words[v]) for v, cost in some.items() if v in words]
        if unfinished:
            found += [
                Similar(v, True, cost + 0.1, beginnings[v])
                for v, cost in some.items()
                if v in beginnings
            ]
        if not found and MIN_CHARACTERS <= len(word) <= MAX_CHARACTERS:
            found = await _with_more_errors(connection, word, unfinished)
        similar.append(found)
    return similar


def _variants_of(word: str) -> dict[str, float]:
    letters = alphabet_of(word)
    if letters is None or not MIN_CHARACTERS <= len(word) <= MAX_CHARACTERS:
        return {}
    return variants(word, letters)


async def _with_more_errors(connection: Connection, word: str, unfinished: bool) -> list[Similar]:
    """Words with two errors, or with one where variants are too many to be looked up."""
    errors = 1 if alphabet_of(word) is None else 2
    if errors == 2 and len(word) < TWO_ERRORS:
        return []
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
