"""The parts of names to highlight, in the units of JavaScript's strings."""

import pytest

from db.search.corrections import Choice
from db.search.matches import Match, MatchField, MatchReason, Name, Range, explain, has_all
from db.search.query import parse_query
from db.search.similar import Similar

TITLE, ARTIST = MatchField.TITLE, MatchField.ARTIST


def explained(text: str, *names: Name, **similar: str) -> list[Match]:
    query = parse_query(text)
    assert query is not None
    choices = [
        Choice(term, (Similar(similar[term.word], False, 1.0, 1),) if term.word in similar else ())
        for term in query.terms
    ]
    return explain(choices, query.text, names)


def highlighted(match: Match) -> list[str]:
    units = match.text.encode("utf-16-le")
    return [units[2 * start : 2 * end].decode("utf-16-le") for start, end in match.ranges]


@pytest.mark.parametrize(
    ("typed", "title", "parts"),
    [
        ("bohemian rhapsody", "Bohemian Rhapsody", ["Bohemian", "Rhapsody"]),
        ("rhap", "Bohemian Rhapsody", ["Rhap"]),
        ("love", "Love, Love, Love", ["Love", "Love", "Love"]),
        ("beyonce", "Beyoncé", ["Beyoncé"]),
        ("beyonc", "Beyonce\u0301", ["Beyonc"]),
        ("beyonce", "Beyonce\u0301!", ["Beyonce\u0301"]),
        ("aero", "Ærø", ["Ærø"]),
        ("a", "Æther", ["Æ"]),
        ("strass", "Die Straße", ["Straß"]),
        ("fin", "ﬁn de siècle", ["ﬁn"]),
        ("f", "ﬁn de siècle", ["ﬁ"]),
        ("full", "Ｆｕｌｌ Moon", ["Ｆｕｌｌ"]),
        ("moon", "🌙🌙 Moon 🌙", ["Moon"]),
        ("🌙", "🌙 Moon", ["🌙"]),
        ("jo", "👩🏽‍🎤 José", ["Jo"]),
        ("dont", "Don’t Stop", ["Don’t"]),
        ("don't st", "Don’t Stop", ["Don’t", "St"]),
        ("amour", "L’amour looks", ["amour"]),
        ("ac/dc", "AC/DC", ["AC", "DC"]),
        ("acdc", "AC/DC", ["AC/DC"]),
        ("acd", "AC/DC", ["AC/D"]),
        ("p!nk", "P!nk", ["P!nk"]),
        ("pin", "P!nk", ["P!n"]),
        ("kesha", "Ke$ha", ["Ke$ha"]),
        ("!!!", "!!!", ["!!!"]),
        ("mia", "M.I.A.", ["M.I.A"]),
        ("simon & garf", "Simon & Garfunkel", ["Simon", "Garf"]),
        ("夜曲", "夜曲 (Live)", ["夜曲"]),
        ("杰倫", "周杰倫", ["杰倫"]),
        ("周杰倫", "周杰倫", ["周杰倫"]),
        ("ん", "がんばれ", ["ん"]),
        ("がん", "か\u3099んばれ", ["か\u3099ん"]),
        ("봄", "봄날", ["봄"]),
        ("кров", "Группа крови", ["кров"]),
        ("عمري", "أنت عمري", ["عمري"]),
        ("𝒜", "𝒜 Song", ["𝒜"]),
        ("99", "Ninety Nine Problems", ["Ninety", "Nine"]),
        ("ninety nine prob", "99 Problems", ["99", "Prob"]),
    ],
)
def test_ranges(typed: str, title: str, parts: list[str]) -> None:
    [match] = explained(typed, Name(TITLE, title))
    assert highlighted(match) == parts


def test_units_are_those_of_utf_16() -> None:
    [match] = explained("moon", Name(TITLE, "🌙🌙 Moon"))
    assert match.ranges == [Range(5, 9)]


@pytest.mark.parametrize(
    ("typed", "title", "reason"),
    [
        ("hello", "Hello!", MatchReason.EXACT),
        ("hel", "Hello", MatchReason.PREFIX),
        ("hello", "Hello Goodbye", MatchReason.WORD),
        ("周杰倫", "周杰倫", MatchReason.EXACT),
        ("杰倫", "周杰倫", MatchReason.WORD),
        ("hello good", "Hello Goodbye", MatchReason.PREFIX),
        ("helo ", "Hello", MatchReason.TYPO),
    ],
)
def test_reasons(typed: str, title: str, reason: MatchReason) -> None:
    [match] = explained(typed, Name(TITLE, title), helo="hello")
    assert match.reason is reason


def test_each_name_has_what_it_was_found_by() -> None:
    title, artist = explained(
        "queen bohemian", Name(TITLE, "Bohemian Rhapsody"), Name(ARTIST, "Queen")
    )
    assert (title.field, highlighted(title)) == (TITLE, ["Bohemian"])
    assert (artist.field, highlighted(artist)) == (ARTIST, ["Queen"])


def test_a_word_as_it_was_typed_hides_those_that_are_like_it() -> None:
    [match] = explained("halo", Name(TITLE, "Halo"), Name(ARTIST, "Hello"), halo="hello")
    assert (match.field, match.reason) == (TITLE, MatchReason.EXACT)


def test_an_alias_counts_where_the_name_has_it_not() -> None:
    names = (Name(ARTIST, "Кино"), Name(ARTIST, "Kino", alias=True))
    [match] = explained("kino", *names)
    assert (match.reason, match.text) == (MatchReason.ALIAS, "Kino")
    [match] = explained("кино", *names)
    assert (match.reason, match.text) == (MatchReason.EXACT, "Кино")


def test_nothing_is_found_in_what_has_nothing_of_it() -> None:
    assert explained("hello", Name(TITLE, "Goodbye"), Name(ARTIST, "")) == []


def test_a_text_has_all_or_not() -> None:
    query = parse_query("queen boh")
    assert query is not None
    choices = [Choice(term) for term in query.terms]
    assert has_all(choices, "Bohemian Queens and a Queen")
    assert not has_all(choices, "Bohemian Rhapsody")
