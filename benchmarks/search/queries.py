"""What people type, in twelve kinds, with the song they mean where there is one.

Seven in ten songs are drawn by popularity, three in ten uniformly. In a typo there is one Damerau
edit (a letter left out, put in, wrong, or swapped with the next) in words of 4 to 7 letters and up
to two in longer ones, in one or two words; in every third typo the last word is still being typed
and has one of the edits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.search.words import words_of
from db.normalise import is_cjk
from db.search import SongDocument
from demo.synthetic.catalogue import MAX_SONGS_PER_ARTIST, Catalogue
from demo.synthetic.words import LANGUAGES

UNIFORM: Final = 0.3
MAX_TYPED: Final = 40
"""Characters of a text of which every beginning is a query."""


@dataclass(frozen=True, slots=True)
class LoggedQuery:
    """`target` is the id of the song that is meant; `intended` what a typo should have been."""

    kind: str
    text: str
    target: int | None = None
    intended: str | None = None


def query_log(catalogue: Catalogue, seed: int, per_kind: int) -> list[LoggedQuery]:
    """Some `per_kind` queries of each kind, in random order."""
    random = Random(seed)
    log: list[LoggedQuery] = []
    for kind in (_typed, *_TARGETED, _letters, _common, _frequent, _nonsense):
        log += kind(catalogue, random, per_kind)
    random.shuffle(log)
    return log


def draw_song(catalogue: Catalogue, random: Random) -> SongDocument:
    if random.random() < UNIFORM:
        while True:
            artist = random.randrange(catalogue.artists)
            if random.random() * MAX_SONGS_PER_ARTIST < catalogue.count(artist):
                return random.choice(catalogue.songs_of(artist))
    songs = catalogue.songs_of(catalogue.popular_artist(random))
    return random.choices(songs, [song.popularity + 1 for song in songs])[0]


def _songs(
    catalogue: Catalogue, random: Random, wanted: Callable[[SongDocument], bool], number: int
) -> Iterator[SongDocument]:
    while number > 0:
        song = draw_song(catalogue, random)
        if wanted(song):
            number -= 1
            yield song


def _typed(catalogue: Catalogue, random: Random, number: int) -> list[LoggedQuery]:
    """Every beginning of what is typed."""
    log: list[LoggedQuery] = []
    while len(log) < 2 * number:
        song = draw_song(catalogue, random)
        text = random.choice((_title, _title, _artist_title, _title_artist))(song)[:MAX_TYPED]
        log += [LoggedQuery("typed", text[:end], song.id) for end in range(1, len(text) + 1)]
    return log


def _title(song: SongDocument) -> str:
    return song.title


def _artist_title(song: SongDocument) -> str:
    return f"{song.artists[0]} {song.title}"


def _title_artist(song: SongDocument) -> str:
    return f"{song.title} {song.artists[0]}"


def _everything(song: SongDocument) -> str:
    return f"{song.title} {' '.join(song.artists)} {song.album}"


def _is_long(song: SongDocument) -> bool:
    return len(_everything(song).split()) >= 8


def _is_non_latin(song: SongDocument) -> bool:
    return any(character.isalpha() and character > "\u0370" for character in song.title)


def _is_symbolic(song: SongDocument) -> bool:
    text = song.title.partition(" (")[0] + song.artists[0]
    return any(not character.isalnum() and character not in " '’-,.&" for character in text)


def _targeted(
    kind: str,
    text: Callable[[SongDocument], str],
    wanted: Callable[[SongDocument], bool] = lambda song: True,
) -> Callable[[Catalogue, Random, int], list[LoggedQuery]]:
    def make(catalogue: Catalogue, random: Random, number: int) -> list[LoggedQuery]:
        songs = _songs(catalogue, random, wanted, number)
        return [LoggedQuery(kind, text(song), song.id) for song in songs]

    return make


def _typos(catalogue: Catalogue, random: Random, number: int) -> list[LoggedQuery]:
    log: list[LoggedQuery] = []
    while len(log) < number:
        song = draw_song(catalogue, random)
        intended = random.choice((_title, _artist_title, _title_artist))(song).lower()
        typed = misspell(random, intended, unfinished=len(log) % 3 == 0)
        if typed is not None:
            log.append(LoggedQuery("typo", typed[0], song.id, typed[1]))
    return log


_TARGETED: Final = (
    _targeted("title", _title),
    _targeted("artist and title", _artist_title),
    _targeted("title and artist", _title_artist),
    _targeted("long", _everything, _is_long),
    _targeted("non-Latin", _title, _is_non_latin),
    _targeted("symbols", _artist_title, _is_symbolic),
    _typos,
)


def _letters(_: Catalogue, random: Random, number: int) -> list[LoggedQuery]:
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789абвгдеклмнпрстم你我愛のアイ사이"]
    return [LoggedQuery("one letter", letter) for letter in random.choices(letters, k=number)]


def _common(_: Catalogue, random: Random, number: int) -> list[LoggedQuery]:
    languages = random.choices(list(LANGUAGES), list(LANGUAGES.values()), k=number)
    words = [random.choice(words_of(language).frequent) for language in languages]
    return [LoggedQuery("common word", word + random.choice(("", " "))) for word in words]


def _frequent(_: Catalogue, random: Random, number: int) -> list[LoggedQuery]:
    languages = random.choices(list(LANGUAGES), list(LANGUAGES.values()), k=number)
    pairs = [random.sample(words_of(language).frequent[:60], 2) for language in languages]
    return [LoggedQuery("frequent and frequent", " ".join(pair)) for pair in pairs]


def _nonsense(_: Catalogue, random: Random, number: int) -> list[LoggedQuery]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [
        LoggedQuery(
            "nonsense",
            " ".join(
                "".join(random.choices(letters, k=random.randint(3, 12)))
                for _ in range(random.randint(1, 3))
            ),
        )
        for _ in range(number)
    ]


KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def misspell(random: Random, text: str, *, unfinished: bool) -> tuple[str, str] | None:
    """`text` with typos, and what it should have been; None when it has no word of four letters.

    `unfinished` cuts the last word to a beginning of at least four letters, and has a typo in it.
    """
    words = text.split()
    if unfinished and words and _can_err(words[-1]):
        words[-1] = words[-1][: random.randint(4, len(words[-1]))]
    places = [place for place, word in enumerate(words) if _can_err(word)]
    if not places or (unfinished and places[-1] != len(words) - 1):
        return None
    chosen = {places[-1] if unfinished else random.choice(places)}
    if random.random() < 0.3:
        chosen.add(random.choice(places))
    typed = list(words)
    for place in chosen:
        edits = 2 if len(words[place]) > 7 and random.random() < 0.5 else 1
        while typed[place] == words[place]:
            for _ in range(edits):
                typed[place] = _edit(random, typed[place])
    return " ".join(typed), " ".join(words)


def _can_err(word: str) -> bool:
    return len(word) >= 4 and word.isalpha() and not is_cjk(word)


def _edit(random: Random, word: str) -> str:
    at = random.randrange(len(word))
    match random.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + _wrong_letter(random, word, at) + word[at:]
        case 2:
            return word[:at] + _wrong_letter(random, word, at) + word[at + 1 :]
        case _:
            return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]


def _wrong_letter(random: Random, word: str, at: int) -> str:
    """Half of the time a neighbour on the keyboard."""
    letter = word[at]
    if not letter.isascii():
        return random.choice(word)
    row = next((row for row in KEYBOARD if letter in row), None)
    if row is None or random.random() < 0.5:
        return random.choice("".join(KEYBOARD))
    place = row.index(letter)
    return random.choice(row[max(place - 1, 0) : place] + row[place + 1 : place + 2])
