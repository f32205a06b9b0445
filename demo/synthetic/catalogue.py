"""A synthetic catalogue: any artist's songs can be made by themselves, in constant memory.

Artist number `n` has a rank of popularity by a permutation, so that rank and id have nothing to do
with each other. Plays fall with the artist's rank and with the song's rank among the artist's
songs (both Zipf), times luck. Titles are made of words as frequent as in the language, and three
in ten come from a stock that all artists of the language share, drawn by Zipf's law: thousands of
songs are called "Love".
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from random import Random
from typing import Final

from db.search import SongDocument
from demo.synthetic.genres import GENRES
from demo.synthetic.names import artist_name, invented, person
from demo.synthetic.words import LANGUAGES, SPACELESS, Lexicon, lexicon

SONGS_PER_ARTIST: Final = 20
MAX_SONGS_PER_ARTIST: Final = 1_000
MOST_PLAYS: Final = 2_000_000_000
STOCK: Final = 5_000
"""Titles of a language that artists share."""

_SYMBOL_TITLES: Final = (
    "$$$", "!!!", "???", "...", "÷", "×", "+", "=", "♥", "❤", "∞", "4:44", "99.9%", "7/11", "S&M",
    "m.A.A.d", "F**k", "$ave Me", "H.U.M.B.L.E.", "#1", "@ me", "U + Me", "^_^", "😂", "💔", "***",
    "1999", "22", "24/7", "R.I.P.", "A$AP", "I ❤ U", "B@by", "#", "%", "(*)", "–", "¿?", "P.S.",
)  # fmt: skip
_VERSIONS: Final = (
    " (Live)",
    " (Live at {place})",
    " (Remastered {year})",
    " - Remastered {year}",
    " ({person} Remix)",
    " (Acoustic)",
    " - Radio Edit",
    " (Extended Mix)",
    " (Instrumental)",
    " (Demo)",
    ", Pt. 2",
)
_STREAMS: Final = 4  # of random numbers for each artist: name, songs, and two to spare


@dataclass(frozen=True)
class Catalogue:
    """About `songs` songs. The same seed, size and words give the same catalogue everywhere."""

    seed: int
    songs: int
    words_of: Lexicon = lexicon

    @cached_property
    def artists(self) -> int:
        return max(self.songs // SONGS_PER_ARTIST, 1)

    @cached_property
    def _step(self) -> int:
        step = int(self.artists * 0.6180339887) | 1
        while math.gcd(step, self.artists) != 1:
            step += 2
        return step

    @cached_property
    def _inverse(self) -> int:
        return pow(self._step, -1, self.artists) if self.artists > 1 else 0

    def rank(self, artist: int) -> int:
        """0 is the most popular artist."""
        return (artist * self._step + self.seed) % self.artists

    def artist_at(self, rank: int) -> int:
        return (rank - self.seed) * self._inverse % self.artists

    def popular_artist(self, random: Random) -> int:
        """An artist drawn by popularity, up to a song's own luck."""
        return self.artist_at(int(float(self.artists) ** random.random()) - 1)

    def name(self, artist: int) -> str:
        random = self._random(artist, 0)
        return artist_name(random, _language(random), self.words_of)

    def count(self, artist: int) -> int:
        """How many songs an artist has: log-normal, more for the popular ones."""
        random = self._random(artist, 1)
        fame = 0.85 * (self.artists / (self.rank(artist) + 1)) ** 0.15
        count: int = round(fame * random.lognormvariate(math.log(SONGS_PER_ARTIST) - 0.6, 1.1))
        return min(max(count, 1), MAX_SONGS_PER_ARTIST)

    def songs_of(self, artist: int) -> list[SongDocument]:
        """An artist's songs, in the order of their ids."""
        name_random = self._random(artist, 0)
        language = _language(name_random)
        name = artist_name(name_random, language, self.words_of)
        random = self._random(artist, 2)
        count = self.count(artist)
        most_plays = MOST_PLAYS / (self.rank(artist) + 1)
        ranks = random.sample(range(1, count + 1), count)
        artist_genres = random.sample(range(1, len(GENRES) + 1), 2)
        first_year = random.randint(1955, 2024)

        songs: list[SongDocument] = []
        while len(songs) < count:
            size = min(_album_size(random), count - len(songs))
            titles = [self._title(random, language) for _ in range(size)]
            own_title = random.random() < 0.5
            album = self._title(random, language) if own_title else random.choice(titles)
            album_id = (artist + 1 << 12) + len(songs)
            year = min(first_year + int(random.expovariate(0.12)), 2026)
            for title in titles:
                plays = most_plays * ranks[len(songs)] ** -1.2 * random.lognormvariate(0, 0.7)
                artists, artist_ids = [name], [artist + 1]
                if random.random() < 0.08:
                    featured = self.popular_artist(random)
                    if featured != artist:
                        artists.append(self.name(featured))
                        artist_ids.append(featured + 1)
                        if random.random() < 0.5:
                            title += f" (feat. {artists[-1]})"
                songs.append(
                    SongDocument(
                        id=(artist + 1 << 12) + len(songs),
                        title=title,
                        artists=artists,
                        artist_ids=artist_ids,
                        album=album,
                        album_id=album_id,
                        popularity=min(int(plays), MOST_PLAYS),
                        year=year,
                        duration_ms=int(random.lognormvariate(12.25, 0.3)),
                        explicit=random.random() < 0.1,
                        genre_ids=artist_genres[: 1 + (random.random() < 0.3)],
                        codecs=("flac", "opus") if random.random() < 0.3 else ("mp3",),
                    )
                )
        return songs

    def documents(self, artists: Sequence[int]) -> Iterator[SongDocument]:
        for artist in artists:
            yield from self.songs_of(artist)

    def _title(self, random: Random, language: str) -> str:
        luck = random.random()
        if luck < 0.004:
            return random.choice(_SYMBOL_TITLES)
        if language != "en" and luck > 0.88:
            language = "en"
        if random.random() < 0.3:
            title = _stock(self.seed, language, self.words_of)[int(STOCK ** random.random()) - 1]
        else:
            title = _phrase(random, language, self.words_of)
        if random.random() < 0.12:
            title += random.choice(_VERSIONS).format(
                place=self.words_of("en").draw_content(random).capitalize(),
                year=random.randint(1990, 2024),
                person=person(random, "en"),
            )
        return title

    def _random(self, artist: int, stream: int) -> Random:
        return Random((self.seed << 40 | artist) * _STREAMS + stream)


def _album_size(random: Random) -> int:
    luck = random.random()
    if luck < 0.4:
        return 1
    return random.randint(3, 6) if luck < 0.55 else random.randint(8, 16)


_LANGUAGE_WEIGHTS: Final = list(accumulate(LANGUAGES.values()))


def _language(random: Random) -> str:
    return random.choices(list(LANGUAGES), cum_weights=_LANGUAGE_WEIGHTS)[0]


@cache
def _stock(seed: int, language: str, words_of: Lexicon) -> list[str]:
    """Titles that many songs have; most of the first are single words."""
    random = Random(f"{seed} {language}")
    return [
        _cased(random, language, [words_of(language).draw_content(random)])
        if random.random() < 100 / (100 + rank)
        else _phrase(random, language, words_of)
        for rank in range(STOCK)
    ]


_LENGTHS: Final = list(accumulate((22, 30, 21, 12, 7, 4, 2, 1, 1)))


def _phrase(random: Random, language: str, words_of: Lexicon) -> str:
    length = random.choices(range(1, len(_LENGTHS) + 1), cum_weights=_LENGTHS)[0]
    words = words_of(language)
    texts = [words.draw(random) for _ in range(length - 1)]
    texts.insert(random.randint(0, length - 1), words.draw_content(random))
    if random.random() < 0.02:
        texts[-1] = invented(random)
    return _cased(random, language, texts)


def _cased(random: Random, language: str, words: list[str]) -> str:
    if language in SPACELESS:
        return "".join(words)
    style = random.random()
    if style < 0.8:
        return " ".join(map(str.capitalize, words))
    text = " ".join(words)
    return text.capitalize() if style < 0.95 else text.upper()
