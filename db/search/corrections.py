"""Correcting what was typed, where that finds next to nothing.

Each doubtful word is searched for as itself or any word like it (similar.py), together with the
other words as they are. What is in the catalogue together tells which was meant; popularity and
the number of errors rank what is found. The rounds go from the likely to the unlikely, and the
first that finds something is the answer:

1. words that are unknown or very rare are wrong, or two of them are one;
2. an unknown word is several that were run together (splitting.py);
3. any word may be wrong, though it is known;
4. a word has nothing to do with the rest.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, product
from typing import Final, NamedTuple

from db.rows import Connection
from db.search import statements
from db.search.beginnings import narrowed
from db.search.filters import NO_CONDITIONS, Conditions
from db.search.kinds import SONGS, SearchKind
from db.search.query import SearchQuery, Term, beginning_term, parse_query, word_term
from db.search.similar import Similar, best, select_known, similar_words
from db.search.splitting import MAX_SPLIT_CHARACTERS, pieces, split
from db.search.statements import CandidateRow, select_candidates

FEW: Final = 3
"""With fewer hits than these a single word is looked at for typing errors; several words that some
hit has together are what was meant."""

RARE: Final = 3
"""A word in no more rows than these is doubtful."""

MAX_DOUBTFUL: Final = 6
"""Words of one search that are corrected."""

MAX_SIMILAR: Final = 24
MAX_SIMILAR_OF_KNOWN: Final = 8
"""Words, and half as many beginnings of words, that a word is taken to mean."""

MAX_TITLES: Final = 24
"""Corrected texts that are looked up as titles."""

SPLIT, GUESS, LACK = 2, 3, 4
ROUNDS: Final = LACK

MAX_READ: Final = 50_000
"""Rows that have the rarest of the words of a correction. With more, a round that only guesses
would read long lists to find that few rows are in all of them."""

GUESSING: Final = 0.4
"""Part of a search's time after which no further round is begun: a round takes as long again."""

ERROR_COST: Final = 3_000
"""Of the score, for each error: as much as being 20 times as popular."""

JOINED_COST: Final = 0.4
"""For each of two words that are one."""

MISSING_COST: Final = 2.5
"""For a word that has nothing to do with the hit, in errors."""


class Choice(NamedTuple):
    """A term, and what else may have been meant by it."""

    term: Term
    similar: tuple[Similar, ...] = ()

    @property
    def tsquery(self) -> str:
        if not self.similar:
            return self.term.tsquery
        beginnings = {similar.word: None for similar in self.similar if similar.beginning}
        words = {similar.word: None for similar in self.similar if similar.word not in beginnings}
        others = [*map(word_term, words), *map(beginning_term, beginnings)]
        return f"({' | '.join([self.term.tsquery, *others])})"

    def cost(self, word: str) -> float | None:
        """How unlike a word of a hit is to what was typed; None when it is none of the choices."""
        if self.term.matches(word):
            return 0.0
        costs = [
            similar.cost
            for similar in self.similar
            if (word.startswith(similar.word) if similar.beginning else word == similar.word)
        ]
        return min(costs, default=None)


class Hit(NamedTuple):
    """`text` is what should have been typed to find it; `cost` how unlike that is."""

    score: int
    id: int
    cost: float
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A query with choices. In the last round a hit may lack one of the terms."""

    query: SearchQuery
    choices: tuple[Choice, ...]
    round: int

    @property
    def one_missing(self) -> bool:
        return self.round == LACK

    @property
    def tsquery(self) -> str:
        terms = [choice.tsquery for choice in self.choices]
        if not self.one_missing:
            return " & ".join(terms)
        return " | ".join(
            f"({' & '.join(terms[:at] + terms[at + 1 :])})" for at in range(len(terms))
        )

    def titles(self) -> list[str]:
        """The texts that may have been meant, as far as there are not too many."""
        options = {
            choice.term.word: list(
                dict.fromkeys([choice.term.word, *(s.word for s in choice.similar)])
            )
            for choice in self.choices
        }
        many = sum(len(words) > 1 for words in options.values()) > 1
        words = [
            options.get(word, [word])[: 5 if many else None] for word in self.query.text.split()
        ]
        return [" ".join(text) for text in islice(product(*words), MAX_TITLES + 1)]

    def rank(self, rows: Sequence[CandidateRow]) -> list[Hit]:
        """Hits, best first."""
        hits = [self._hit(row) for row in rows]
        hits.sort(key=lambda hit: (hit.score, hit.id), reverse=True)
        return hits

    def _hit(self, row: CandidateRow) -> Hit:
        words = [*row.title_norm.split(), *(w for name in row.artists_norm for w in name.split())]
        cost = 0.0
        corrected: dict[str, str] = {}
        for choice in self.choices:
            costs = [(c, word) for word in words if (c := choice.cost(word)) is not None]
            if costs:
                least, word = min(costs)
                cost += least
                if least:
                    corrected[choice.term.word] = word
            elif self.one_missing:
                cost += MISSING_COST
            elif choice.similar:
                # In the album's title, which is not at hand.
                likeliest = min(choice.similar, key=lambda similar: similar.cost)
                cost += likeliest.cost + 0.5
                corrected[choice.term.word] = likeliest.word
        text = self._text(corrected)
        score = 1000 * math.log1p(row.popularity) - ERROR_COST * cost + boost(text, row)
        return Hit(round(score), row.id, cost, text)

    def _text(self, corrected: dict[str, str]) -> str:
        """What was typed with other words for some; two that are one word stand once."""
        words: list[str] = []
        before = ""
        for word in self.query.text.split():
            other = corrected.get(word, word)
            if not (words and words[-1] == other == before + word):
                words.append(other)
            before = word
        return " ".join(words)


def boost(text: str, row: CandidateRow) -> int:
    """What the order and wholeness of the words is worth; the same as in statements.py."""
    title, artists = row.title_norm, row.artists_norm
    main = artists[0] if artists else ""
    if title == text:
        return 10_000
    if main and (
        (text.startswith(f"{main} ") and f"{main} {title}".startswith(text))
        or (text.startswith(f"{title} ") and f"{title} {main}".startswith(text))
    ):
        return 9_500
    if text in artists:
        return 7_000
    if title.startswith(text):
        return 2_000
    if main and main.startswith(text):
        return 1_000
    return 0


def is_doubtful(query: SearchQuery, found: int) -> bool:
    """Whether a query that found so many hits may have typing errors."""
    return not found or (found < FEW and len(query.terms) == 1)


async def correct(
    connection: Connection,
    kind: SearchKind,
    query: SearchQuery,
    conditions: Conditions,
    found: int,
) -> tuple[Correction, list[Hit]] | None:
    """What was probably meant by a query that found only so many hits; None when there is no
    better idea than what was typed."""
    deadline = time.monotonic() + statements.BUDGET_MS / 1000 * GUESSING
    speller = Speller(connection, kind, query)
    # That nothing is found is no sign of an error where a name has to have all words that a song
    # may have, or has to pass a filter: there only words that nobody knows are wrong.
    sure = kind is not SONGS or conditions != NO_CONDITIONS
    for number in range(1, (SPLIT if found or sure else ROUNDS) + 1):
        correction = await speller.correction(number)
        if correction is not None:
            hits = await hits_of(connection, kind, correction, conditions)
            if len(hits) > found:
                return correction, hits
        if time.monotonic() > deadline:
            break  # and no further round is begun
    return None


async def correction_of_round(
    connection: Connection, kind: SearchKind, query: SearchQuery, number: int
) -> Correction | None:
    """The correction that `correct` made in a round."""
    return await Speller(connection, kind, query).correction(number)


async def hits_of(
    connection: Connection, kind: SearchKind, correction: Correction, conditions: Conditions
) -> list[Hit]:
    """The hits of a correction, best first."""
    terms = await narrowed(connection, conditions.on(correction.tsquery))
    return correction.rank(
        await select_candidates(connection, kind, terms, correction.titles(), conditions)
    )


class Speller:
    """Looks up the words of a query, and what is like them, as far as a round needs it."""

    def __init__(self, connection: Connection, kind: SearchKind, query: SearchQuery) -> None:
        self._connection = connection
        self._query = query
        self._rare = RARE if kind is SONGS else 0
        self._doubtful: list[Term] | None = None
        self._frequencies: dict[str, int] = {}
        self._similar: dict[Term, tuple[Similar, ...]] = {}
        self._joined: dict[Term, list[Similar]] = {}

    async def correction(self, number: int) -> Correction | None:
        """The correction of a round; None when it would say no more than the round before."""
        terms = self._query.terms
        doubtful = await self._find_doubtful()
        if number == SPLIT:
            return await self._split(doubtful)
        similar = await self._find_similar(doubtful, MAX_SIMILAR)
        if number == GUESS:
            if len(terms) == 1 or len(doubtful) == len(terms):
                return None
            others = [term for term in terms if term not in doubtful]
            similar |= await self._find_similar(others, MAX_SIMILAR_OF_KNOWN)
        for term, joined in self._joined.items():
            similar[term] = (*similar.get(term, ()), *joined)
        if number == LACK and len(terms) < 3:
            return None
        if number < LACK and not any(similar.values()):
            return None
        choices = tuple(Choice(term, similar.get(term, ())) for term in terms)
        read = sorted(
            self._frequencies.get(choice.term.word, 0) + sum(s.frequency for s in choice.similar)
            for choice in choices
        )
        if number > 1 and read[number - GUESS] > MAX_READ:
            return None
        return Correction(self._query, choices, number)

    async def _split(self, doubtful: Sequence[Term]) -> Correction | None:
        """The query with its unknown words taken apart; None where that cannot be done."""
        unknown = [
            term.word
            for term in doubtful
            if not self._frequencies.get(term.word) and len(term.word) <= MAX_SPLIT_CHARACTERS
        ]
        wanted = list({piece: None for word in unknown for piece in pieces(word)})
        if not wanted:
            return None
        rows = await select_known(self._connection, wanted, [])
        frequencies = {row.word: row.frequency for row in rows}
        apart = {word: words for word in unknown if (words := split(word, frequencies))}
        if not apart:
            return None
        text = " ".join(" ".join(apart.get(word, [word])) for word in self._query.text.split())
        query = parse_query(text if self._query.terms[-1].unfinished else f"{text} ")
        if query is None:
            return None
        return Correction(query, tuple(Choice(term) for term in query.terms), SPLIT)

    async def _find_doubtful(self) -> list[Term]:
        if self._doubtful is None:
            *_, last = terms = self._query.terms
            joined = {
                first.word + second.word: (first, second) for first, second in pairwise(terms)
            }
            rows = await select_known(
                self._connection,
                [*(term.word for term in terms), *joined],
                [last.word] if last.unfinished else [],
            )
            self._frequencies = {row.word: row.frequency for row in rows}
            for word, pair in joined.items():
                if word in self._frequencies:
                    for term in pair:
                        similar = Similar(word, False, JOINED_COST, self._frequencies[word])
                        self._joined.setdefault(term, []).append(similar)
            self._doubtful = [
                term for term in terms if self._frequencies.get(term.word, 0) <= self._rare
            ]
        return self._doubtful

    async def _find_similar(
        self, terms: Sequence[Term], most: int
    ) -> dict[Term, tuple[Similar, ...]]:
        chosen = terms[:MAX_DOUBTFUL]
        new = [term for term in chosen if term not in self._similar]
        if new:
            found = await similar_words(self._connection, new)
            for term, words in zip(new, found, strict=True):
                self._similar[term] = best(words, most)
        return {term: self._similar[term] for term in chosen}
