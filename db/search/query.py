"""What a person typed, as terms that every hit must have."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from db.normalise import is_cjk, normalise, query_words
from db.search.documents import EDGE_CHARACTERS, edge
from db.search.numbers import other_spelling

MAX_QUERY_CHARACTERS: Final = 250
"""Characters of a query that are read."""

MAX_QUERY_WORDS: Final = 12
"""Words of a query that are looked for; the ones behind them are left out."""

OPTIONAL_WORDS: Final = frozenset({"and", "feat"})
"""Words that names have or have not, as it pleases who typed them."""


class Term(NamedTuple):
    """A word that hits must have; or, `unfinished`, a word that begins so."""

    word: str
    unfinished: bool

    @property
    def tsquery(self) -> str:
        return beginning_term(self.word) if self.unfinished else word_term(self.word)

    def matches(self, word: str) -> bool:
        return word.startswith(self.word) if self.unfinished else word == self.word


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """`text` is in normal form; all `terms` are required."""

    text: str
    terms: tuple[Term, ...]

    @property
    def tsquery(self) -> str:
        """The terms in PostgreSQL's syntax, with numbers in figures or in words."""
        words = [term.word for term in self.terms]
        parts: list[str] = []
        at = 0
        while at < len(words):
            length, spelling = other_spelling(words[at:])
            terms = self.terms[at : at + max(length, 1)]
            typed = " & ".join(term.tsquery for term in terms)
            if spelling is not None:
                typed = f"({typed} | {' & '.join(map(word_term, spelling))})"
            parts.append(typed)
            at += len(terms)
        return " & ".join(parts)


NOTHING: Final = SearchQuery("", ())
"""A query without anything to look for."""


def parse_query(text: str) -> SearchQuery | None:
    """The query that `text` is, or None when there is nothing to look for in it.

    The last word is the beginning of a word, unless a space follows it.
    """
    text = text[:MAX_QUERY_CHARACTERS]
    typed = query_words(text)
    words = typed[:MAX_QUERY_WORDS]
    if not words:
        return None
    *complete, last = words
    if complete and complete[0] == "the":
        complete = complete[1:]
    terms = [Term(word, unfinished=False) for word in complete if word not in OPTIONAL_WORDS]
    if text[-1:].isspace() or len(typed) > len(words):
        if not terms or last not in OPTIONAL_WORDS:
            terms.append(Term(last, unfinished=False))
    else:
        terms.append(Term(last, unfinished=not is_cjk(last)))
    return SearchQuery(normalise(text), tuple(dict.fromkeys(terms)))


def word_term(word: str) -> str:
    """Rows with this word, in PostgreSQL's syntax; any text is only text."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def beginning_term(beginning: str) -> str:
    """Rows with a word that begins so, in PostgreSQL's syntax."""
    if len(beginning) <= EDGE_CHARACTERS:
        return word_term(edge(beginning))
    return word_term(beginning) + ":*"
