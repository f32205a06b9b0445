"""The golden set: a catalogue, queries, and how good an answer to each would be."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from db.search import SongDocument
from demo.synthetic.catalogue import Catalogue

DIRECTORY: Final = Path(__file__).parent
DEPTH: Final = 10

NOISE: Final = Catalogue(seed=3, songs=1_500)
NOISE_IDS: Final = 1_000_000
"""Invented songs with the words that songs have, less known than most of the real ones."""


@dataclass(frozen=True, slots=True)
class GoldenQuery:
    """`grades` are those of song ids; all others are 0."""

    kind: str
    text: str
    grades: Mapping[int, int]


def read_songs() -> list[SongDocument]:
    """The songs of `catalogue.txt`."""
    songs: list[SongDocument] = []
    artist, aliases, artist_id = "", [""], 0
    for line in _lines("catalogue.txt"):
        if line.startswith("# "):
            artist, _, others = line[2:].partition(" | ")
            aliases = others.split("; ") if others else []
            artist_id += 1
        else:
            title, album, year, fame = line.split(" | ")
            songs.append(
                SongDocument(
                    id=len(songs) + 1,
                    title=title,
                    artists=[artist],
                    aliases=aliases,
                    artist_ids=[artist_id],
                    album=album,
                    popularity=round(10 ** (int(fame) / 11)),
                    year=int(year),
                )
            )
    return songs


def invented_songs() -> list[SongDocument]:
    return [
        replace(song, id=song.id + NOISE_IDS, popularity=song.popularity // 50)
        for song in NOISE.documents(range(NOISE.artists))
    ]


def read_queries(songs: Sequence[SongDocument]) -> list[GoldenQuery]:
    """The queries of `queries.txt`; a song that is not in `songs` is a `KeyError`."""
    by_name = {f"{song.title} / {song.artists[0]}": song.id for song in songs}
    by_artist: dict[str, list[SongDocument]] = {}
    for song in songs:
        by_artist.setdefault(song.artists[0], []).append(song)
    queries: list[GoldenQuery] = []
    kind = ""
    for line in _lines("queries.txt"):
        if line.startswith("["):
            kind = line.strip("[]")
        else:
            text, _, answers = line.partition(" => ")
            grades: dict[int, int] = {}
            for answer in answers.split("; "):
                if answer.startswith("* / "):
                    known = sorted(by_artist[answer[4:]], key=lambda song: -song.popularity)
                    grades |= {song.id: 3 if n < 3 else 2 for n, song in enumerate(known)}
                else:
                    name, _, grade = answer.rpartition(" ")
                    grades[by_name[name]] = int(grade)
            queries.append(GoldenQuery(kind, text, grades))
    return queries


def _lines(name: str) -> Iterator[str]:
    for line in (DIRECTORY / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("// "):
            yield line


def ndcg(found: Sequence[int], grades: Mapping[int, int]) -> float:
    """Normalised discounted cumulative gain of the first ten, with gain 2^grade - 1 (Burges et
    al., 2005): 1 is the best order there could be."""

    def gain(grades_in_order: Sequence[int]) -> float:
        return math.fsum(
            (2.0**grade - 1) / math.log2(place + 1)
            for place, grade in enumerate(grades_in_order[:DEPTH], 1)
        )

    best = gain(sorted(grades.values(), reverse=True))
    return gain([grades.get(song, 0) for song in found]) / best


def reciprocal_rank(found: Sequence[int], grades: Mapping[int, int]) -> float:
    """1 / place of the first of the best answers; 0 when it is not among the first ten."""
    best = max(grades.values())
    places = [n for n, song in enumerate(found[:DEPTH], 1) if grades.get(song) == best]
    return 1 / places[0] if places else 0.0
