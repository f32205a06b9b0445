"""What a person typed, as terms that every hit must have."""

from dataclasses import dataclass
from typing import Final

from db.normalise import is_cjk, normalise, query_words
from db.search.documents import EDGE_CHARACTERS, edge

MAX_QUERY_CHARACTERS: Final = 250
"""Characters of a query that are read."""

MAX_QUERY_WORDS: Final = 12
"""Words of a query that are looked for; the ones behind them are left out."""

OPTIONAL_WORDS: Final = frozenset({"and", "feat"})
"""Words that names have or have not, as it pleases who typed them."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """`text` is in normal form, `tsquery` is the terms in PostgreSQL's syntax, all required."""

    text: str
    tsquery: str


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
    terms = [_word_term(word) for word in complete if word not in OPTIONAL_WORDS]
    if text[-1:].isspace() or len(typed) > len(words):
        if not terms or last not in OPTIONAL_WORDS:
            terms.append(_word_term(last))
    else:
        terms.append(_beginning_term(last))
    return SearchQuery(normalise(text), " & ".join(dict.fromkeys(terms)))


def _word_term(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _beginning_term(word: str) -> str:
    if is_cjk(word):
        return _word_term(word)
    if len(word) <= EDGE_CHARACTERS:
        return _word_term(edge(word))
    return _word_term(word) + ":*"
