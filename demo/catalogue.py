"""What the demo library holds: albums, songs, tags."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from demo import classical, folk, originals
from demo.score import Mix

COPYRIGHT: Final = "CC0 1.0 Universal (this recording)"


@dataclass(frozen=True, slots=True)
class Song:
    title: str
    play: Callable[[], Mix]
    artist: str | None = None
    """Who is credited, where it is not the album's artist."""
    genre: str | None = None
    year: int | None = None
    isrc: str | None = None
    lyrics: str | None = None
    loudness: float = -16
    """Integrated loudness to reach, in LUFS, unless the peak forbids it."""
    room: float = 1.6
    """Reverberation time in seconds."""
    seconds: float = 28.5
    """Longest duration."""
    also: str | None = None
    """Extension of a second file of the same recording."""
    disc: int = 1


@dataclass(frozen=True, slots=True)
class Album:
    title: str
    artist: str
    year: int
    genre: str
    hue: float
    """Of the cover, 0 to 1."""
    songs: tuple[Song, ...]
    compilation: bool = False


_GRACE: Final = """[00:00.00]Amazing grace! How sweet the sound
[00:07.20]That saved a wretch like me!
[00:14.40]I once was lost, but now am found;
[00:21.60]Was blind, but now I see."""

_SCARBOROUGH: Final = """Are you going to Scarborough Fair?
Parsley, sage, rosemary and thyme;
Remember me to one who lives there,
For once she was a true love of mine."""

_SAKURA: Final = """さくら さくら
やよいの空は 見わたす限り
かすみか雲か 匂いぞ出ずる
いざや いざや 見にゆかん"""

# ISRCs with the country code ZZ, which ISO 3166 leaves to private use: no agency assigns them.
ALBUMS: Final[tuple[Album, ...]] = (
    Album(
        "Odes & Bagatelles",
        "Ludwig van Beethoven",
        1824,
        "Classical",
        0.58,
        (
            Song("Ode to Joy", classical.ode_to_joy, isrc="ZZTON2600001", also="m4a"),
            Song("Für Elise", classical.fuer_elise, year=1810, isrc="ZZTON2600002", also="opus"),
            Song(
                "Moonlight Sonata: Adagio sostenuto",
                classical.moonlight,
                seconds=35,
                year=1801,
                loudness=-19,
                room=2.2,
            ),
        ),
    ),
    Album(
        "Notebook & Well-Tempered",
        "Johann Sebastian Bach",
        1725,
        "Baroque",
        0.1,
        (
            Song(
                "Minuet in G major", classical.minuet_in_g, artist="Christian Petzold", also="ogg"
            ),
            Song(
                "Prelude in C major, BWV 846",
                classical.prelude_in_c,
                year=1722,
                loudness=-18,
                isrc="ZZTON2600003",
            ),
            Song("Jesus bleibet meine Freude", classical.jesus_bleibet, year=1723, room=2.4),
        ),
    ),
    Album(
        "Canon and Gigue",
        "Johann Pachelbel",
        1694,
        "Baroque",
        0.13,
        (Song("Canon in D", classical.canon_in_d, isrc="ZZTON2600004"),),
    ),
    Album(
        "Piano Sonata No. 11",
        "Wolfgang Amadeus Mozart",
        1784,
        "Classical",
        0.95,
        (Song("Rondo alla Turca", classical.alla_turca),),
    ),
    Album(
        "Trois Gymnopédies",
        "Erik Satie",
        1888,
        "Classical; Impressionism",
        0.5,
        (Song("Gymnopédie No. 1", classical.gymnopedie, loudness=-19, room=2.4, seconds=37),),
    ),
    Album(
        "Peer Gynt",
        "Edvard Grieg",
        1875,
        "Romantic",
        0.36,
        (
            Song("Morgenstemning", classical.morning_mood, room=2.2),
            Song("I Dovregubbens hall", classical.mountain_king, seconds=30, loudness=-14.5),
        ),
    ),
    Album(
        "Le quattro stagioni",
        "Antonio Vivaldi",
        1725,
        "Baroque",
        0.28,
        (Song("La primavera: Allegro", classical.primavera, isrc="ZZTON2600005"),),
    ),
    Album(
        "Z nového světa",
        "Antonín Dvořák",
        1893,
        "Romantic",
        0.07,
        (Song("Largo", classical.new_world_largo, loudness=-18, room=2.4),),
    ),
    Album(
        "Лебединое озеро",
        "Пётр Ильич Чайковский",
        1877,
        "Romantic",
        0.62,
        (Song("Сцена: Лебеди", classical.swan_lake, room=2.2, also="m4a"),),
    ),
    Album(
        "Around the World in Nine Songs",
        "Various Artists",
        2025,
        "Folk",
        0.88,
        (
            Song(
                "さくらさくら",
                folk.sakura,
                artist="日本古謡",
                lyrics=_SAKURA,
                also="opus",
                loudness=-17,
            ),
            Song("茉莉花", folk.jasmine_flower, artist="江苏民歌", loudness=-17),
            Song("아리랑", folk.arirang, artist="한국 민요"),
            Song(
                "Scarborough Fair",
                folk.scarborough_fair,
                artist="English Traditional",
                lyrics=_SCARBOROUGH,
                loudness=-17,
            ),
            Song("Greensleeves", folk.greensleeves, artist="English Traditional"),
            Song(
                "Коробейники",
                folk.korobeiniki,
                artist="Русская народная песня",
                disc=2,
                loudness=-15,
            ),
            Song("Калинка", folk.kalinka, artist="Иван Ларионов", disc=2, loudness=-15),
            Song(
                "הבה נגילה",
                folk.hava_nagila,
                artist="Klezmer Traditional",
                genre="Folk; Klezmer",
                disc=2,
            ),
            Song(
                "Amazing Grace",
                folk.amazing_grace,
                artist="John Newton",
                genre="Gospel",
                lyrics=_GRACE,
                disc=2,
            ),
        ),
        compilation=True,
    ),
    Album(
        "Slow Weather",
        "Lighthouse Keeper",
        2023,
        "Ambient",
        0.55,
        (
            Song("Harbour Fog", originals.harbour_fog, loudness=-20, room=3, also="flac"),
            Song("Tidal Clock", originals.tidal_clock, loudness=-19, room=2.6),
        ),
    ),
    Album(
        "Phase Garden",
        "森 健二",
        2019,
        "Minimalism",
        0.33,
        (Song("Twelve Against Thirteen", originals.twelve_against_thirteen),),
    ),
    Album(
        "Polygons",
        "The Euclidean Trio",
        2021,
        "Electronic",
        0.03,
        (
            Song("Three over Five", originals.three_over_five, loudness=-14.5, isrc="ZZTON2600006"),
            Song(
                "Necklaces",
                originals.necklaces,
                artist="The Euclidean Trio feat. Lumen Okoro",
                loudness=-15,
            ),
        ),
    ),
    Album(
        "8-Bit Bordeaux",
        "Pixel Périgord",
        2022,
        "Chiptune",
        0.8,
        (Song("Château Arcade", originals.chateau_arcade, loudness=-15, room=0.8),),
    ),
    Album(
        "Night Tram Tapes",
        "Nora Lindqvist",
        2024,
        "Lo-Fi; Hip Hop",
        0.7,
        (
            Song(
                "Last Tram Home",
                originals.last_tram_home,
                isrc="ZZTON2600007",
            ),
            Song("Rain on Tin (feat. Zoë Ångström)", originals.rain_on_tin),
        ),
    ),
    Album(
        "سماعيات",
        "نور الحكيم",
        2020,
        "Arabic",
        0.09,
        (Song("سماعي قصير", originals.short_samai, room=1.4),),
    ),
)
"""In the order of the folders; tracks are numbered within their disc."""
