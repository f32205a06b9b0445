"""What an audio file says of itself: tags, technical data, the cover inside it.

tinytag reads the containers. Here its values are made fit for a catalogue: several values are
kept apart, credits divided into main and featured artists, identifiers checked, text cleaned.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, Final
from uuid import UUID

from tinytag import TinyTag, TinyTagException

from ingest.formats import EXTENSIONS, Container, NotAudio, aac_channels, identify

MAX_NAME: Final = 1_000
"""Longest title or name, in characters; longer ones are cut."""
MAX_LYRICS: Final = 100_000
MAX_DURATION_MS: Final = 7 * 24 * 3_600_000
MAX_NUMBER: Final = 9_999
"""Highest track and disc number believed."""
YEARS: Final = range(1000, 2101)
UNKNOWN_ARTIST: Final = "Unknown Artist"
VARIOUS_ARTISTS: Final = "Various Artists"


@dataclass(frozen=True, slots=True)
class Credit:
    """An artist as a file names them."""

    name: str
    musicbrainz_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lyrics:
    format: str
    """PLAIN or LRC (lines with times)."""
    body: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AudioDescription:
    title: str
    title_is_tag: bool
    """False when the title was made from the file's name."""
    artists: tuple[Credit, ...]
    """At least one; `UNKNOWN_ARTIST` when the file names none."""
    featured: tuple[Credit, ...]
    album: str | None
    album_artists: tuple[Credit, ...]
    """Empty when the file names none."""
    album_musicbrainz_id: UUID | None
    album_kind: str
    """ALBUM, SINGLE, EP or COMPILATION."""
    compilation: bool
    disc: int | None
    track: int | None
    year: int | None
    genres: tuple[str, ...]
    isrc: str | None
    recording_musicbrainz_id: UUID | None
    explicit: bool
    lyrics: Lyrics | None
    track_gain_db: float | None
    """ReplayGain 2.0, to -18 LUFS; peaks with 1.0 as full scale."""
    track_peak: float | None
    album_gain_db: float | None
    album_peak: float | None
    codec: str
    mime_type: str
    bitrate_kbps: int
    sample_rate_hz: int
    channels: int
    bit_depth: int | None
    duration_ms: int
    cover: bytes | None
    notes: tuple[str, ...]
    """What is odd about the file but did not keep it out, each a short sentence."""

    @property
    def has_known_artist(self) -> bool:
        return self.artists[0].name != UNKNOWN_ARTIST


def read_tags(path: Path, *, cover: bool = True) -> AudioDescription:
    """Describes the file at `path`; raises `NotAudio`, or `OSError` when it cannot be read."""
    with path.open("rb") as file:
        return read_audio(file, path, cover=cover)


def read_audio(file: BinaryIO, name: PurePath, *, cover: bool = True) -> AudioDescription:
    """Describes an open file; `name` serves a missing title and the check of the extension."""
    container = identify(file)
    file.seek(0)
    try:
        tag = TinyTag.get(file_obj=file, image=cover)
    except TinyTagException as error:
        raise NotAudio(f"it is broken {container} audio: {error}") from error
    return _Reader(tag, container, file, name).describe()


def clean(text: str, limit: int = MAX_NAME) -> str:
    """One line of valid Unicode (NFC) without control characters, at most `limit` long."""
    text = text.encode("utf-8", "replace").decode() if not text.isascii() else text
    words = text.translate(_CONTROLS).split()
    return unicodedata.normalize("NFC", " ".join(words))[:limit].rstrip()


_CONTROLS: Final = {ord("\ufeff"): None} | dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")


_PLAYABLE: Final = {
    "audio/mpeg": "MP3",
    "audio/flac": "FLAC",
    'audio/ogg; codecs="flac"': "FLAC",
    'audio/ogg; codecs="vorbis"': "VORBIS",
    'audio/ogg; codecs="opus"': "OPUS",
    'audio/mp4; codecs="alac"': "ALAC",
    'audio/wav; codecs="1"': "PCM",
    'audio/wav; codecs="3"': "PCM",
}
_KINDS: Final = {"single": "SINGLE", "ep": "EP", "compilation": "COMPILATION"}
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ISRC: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_YEAR: Final = re.compile(r"\d{4,}")
_SEVERAL: Final = re.compile(r"\x00|;| / ")
_FEATURED: Final = re.compile(
    r"\s+[(\[]?(?:feat\.?|ft\.?|featuring)\s+([^)\]]+)[)\]]?\s*$", re.IGNORECASE
)
_FEATURED_IN_TITLE: Final = re.compile(
    r"\s*[(\[](?:feat\.?|ft\.?|featuring)\s+([^)\]]+)[)\]]|\s+(?:feat\.|ft\.)\s+(.+)$",
    re.IGNORECASE,
)
_LRC: Final = re.compile(r"^\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\]", re.MULTILINE)
_NUMBERED_NAME: Final = re.compile(r"^(?:(\d{1,2})[-.])?(\d{1,3})(?:\s*[-._)]\s*|\s+)(?=\S)")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


class _Reader:
    """One reading of one file; collects the notes."""

    def __init__(self, tag: TinyTag, container: Container, file: BinaryIO, name: PurePath) -> None:
        self.tag = tag
        self.container = container
        self.file = file
        self.name = name
        self.notes: list[str] = []
        self.other: dict[str, list[str]] = {}
        for key, values in tag.other.items():
            squashed = re.sub(r"[\s_-]", "", key).lower()
            self.other.setdefault(squashed, []).extend(map(str, values))

    def describe(self) -> AudioDescription:
        codec, mime_type = self.codec()
        duration_ms = self.duration_ms()
        sample_rate, channels = self.tag.samplerate or 0, self.tag.channels or 0
        if codec == "AAC":
            channels = aac_channels(self.file) or channels
        if not (0 < sample_rate <= 1_536_000 and 0 < channels <= 255):
            raise NotAudio(f"it says {sample_rate} Hz and {channels} channels")
        self.check_extension()
        artists, featured = self.artists()
        title, title_is_tag, featured_in_title = self.title()
        credited = {credit.name.casefold() for credit in (*artists, *featured)}
        featured += tuple(c for c in featured_in_title if c.name.casefold() not in credited)
        album = clean(self.tag.album or "") or None
        compilation = any(
            value.strip() == "1" for value in self.values("compilation", "tcmp", "tcp", "cpil")
        )
        album_artists = self.credits(
            [self.tag.albumartist or "", *self.values("albumartist")],
            self.values("musicbrainzalbumartistid"),
        )
        if any(c.name.casefold() == VARIOUS_ARTISTS.casefold() for c in album_artists):
            compilation = True
        gains = self.gains()
        return AudioDescription(
            title=title,
            title_is_tag=title_is_tag,
            artists=artists,
            featured=featured,
            album=album,
            album_artists=album_artists,
            album_musicbrainz_id=self.uuid("musicbrainzalbumid"),
            album_kind="COMPILATION" if compilation else self.kind(),
            compilation=compilation,
            disc=self.number("disc"),
            track=self.number("track") or (None if title_is_tag else self.track_in_name()),
            year=self.year(),
            genres=self.genres(),
            isrc=self.isrc(),
            recording_musicbrainz_id=self.recording(),
            explicit=self.explicit(),
            lyrics=self.lyrics(),
            track_gain_db=gains[0],
            track_peak=gains[1],
            album_gain_db=gains[2],
            album_peak=gains[3],
            codec=codec,
            mime_type=mime_type,
            bitrate_kbps=self.bitrate_kbps(duration_ms),
            sample_rate_hz=sample_rate,
            channels=channels,
            bit_depth=self.tag.bitdepth if self.tag.is_lossless else None,
            duration_ms=duration_ms,
            cover=self.cover(),
            notes=tuple(self.notes),
        )

    # Technical data

    def codec(self) -> tuple[str, str]:
        mime_type = self.tag.mime_type or ""
        if mime_type.startswith('audio/mp4; codecs="mp4a.40'):
            return "AAC", mime_type
        codec = _PLAYABLE.get(mime_type)
        if codec is None:
            raise NotAudio(
                f"the codec in this {self.container} file is protected or not supported"
                f" ({mime_type or 'unknown'})"
            )
        return codec, "audio/wav" if codec == "PCM" else mime_type

    def duration_ms(self) -> int:
        duration = self.tag.duration
        if duration is None or not math.isfinite(duration) or round(duration * 1000) <= 0:
            raise NotAudio("it has no audio in it: its duration is zero")
        if duration * 1000 > MAX_DURATION_MS:
            raise NotAudio(f"its duration cannot be right: {duration / 3600:,.0f} hours")
        declared = (self.tag.bitrate or 0) * 125 * duration
        if self.container in (Container.MP3, Container.WAV) and (
            declared > self.tag.filesize * 1.05 + 16_384
        ):
            raise NotAudio(
                f"it is cut off: its header announces {declared:,.0f} bytes, the file has"
                f" {self.tag.filesize:,}"
            )
        return round(duration * 1000)

    def bitrate_kbps(self, duration_ms: int) -> int:
        # Of the file as a whole where the container gives only a nominal rate.
        nominal = self.tag.bitrate if self.container is not Container.OGG else None
        return max(1, round(nominal or self.tag.filesize * 8 / duration_ms))

    def check_extension(self) -> None:
        promised = EXTENSIONS.get(self.name.suffix.lower())
        if promised is not None and promised is not self.container:
            self.notes.append(f"it is named {self.name.suffix}, but is {self.container}")

    # Text

    def values(self, *keys: str) -> list[str]:
        return [value for key in keys for value in self.other.get(key, ())]

    def title(self) -> tuple[str, bool, tuple[Credit, ...]]:
        raw = clean(self.tag.title or "", MAX_NAME + 1)
        if len(raw) > MAX_NAME:
            self.notes.append(f"its title was cut to {MAX_NAME:,} characters")
            raw = raw[:MAX_NAME]
        if not raw:
            self.notes.append("it has no title: the file's name is used")
            stem = clean(self.name.stem.replace("_", " "))
            return _NUMBERED_NAME.sub("", stem) or stem or "Untitled", False, ()
        match = _FEATURED_IN_TITLE.search(raw)
        if match is None:
            return raw, True, ()
        without = clean(raw[: match.start()] + raw[match.end() :])
        if not without:
            return raw, True, ()
        return without, True, (Credit(clean(match[1] or match[2])),)

    def track_in_name(self) -> int | None:
        match = _NUMBERED_NAME.match(self.name.stem)
        return int(match[2]) or None if match else None

    def artists(self) -> tuple[tuple[Credit, ...], tuple[Credit, ...]]:
        """Main and featured artists.

        The line for display ("A feat. B") and the list of all ("A", "B"), as MusicBrainz Picard
        writes both, arrive as values of one tag: the list is used, the line tells who is featured.
        """
        names = self.names([self.tag.artist or "", *self.values("artist")])
        if not names:
            self.notes.append(f"it has no artist: {UNKNOWN_ARTIST} is used")
            return (Credit(UNKNOWN_ARTIST),), ()
        first = names[0].casefold()
        rest = names[1:]
        if rest and all(len(n) < len(first) and n.casefold() in first for n in rest):
            match = _FEATURED.search(names[0])
            tail = match[1].casefold() if match else ""
            head = names[0][: match.start()].casefold() if match else first
            ids = self.credit_ids(rest, self.values("musicbrainzartistid"))
            featured = [n for n in rest if n.casefold() in tail and n.casefold() not in head]
            main = [n for n in rest if n not in featured] or rest[:1]
            return (
                tuple(Credit(n, ids.get(n)) for n in main),
                tuple(Credit(n, ids.get(n)) for n in featured if n not in main),
            )
        main, featured = [], []
        for name in names:
            match = _FEATURED.search(name)
            head = clean(name[: match.start()]) if match else name
            main.append(head or name)
            if match and head:
                featured.append(clean(match[1]))
        main = list(dict.fromkeys(main))
        featured = [n for n in dict.fromkeys(featured) if n not in main]
        ids = self.credit_ids([*main, *featured], self.values("musicbrainzartistid"))
        return (
            tuple(Credit(n, ids.get(n)) for n in main),
            tuple(Credit(n, ids.get(n)) for n in featured),
        )

    def credits(self, texts: Sequence[str], ids: Sequence[str]) -> tuple[Credit, ...]:
        names = self.names(texts)
        by_name = self.credit_ids(names, ids)
        return tuple(Credit(name, by_name.get(name)) for name in names)

    @staticmethod
    def names(texts: Iterable[str]) -> list[str]:
        found: dict[str, str] = {}
        for text in texts:
            for part in _SEVERAL.split(text):
                if name := clean(part):
                    found.setdefault(name.casefold(), name)
        return list(found.values())

    @staticmethod
    def credit_ids(names: Sequence[str], texts: Sequence[str]) -> dict[str, UUID]:
        """MusicBrainz ids by name, when there are as many ids as names."""
        ids = [UUID(match) for text in texts for match in _UUID.findall(text)]
        return dict(zip(names, ids, strict=True)) if len(ids) == len(names) else {}

    def genres(self) -> tuple[str, ...]:
        texts = [self.tag.genre or "", *self.values("genre")]
        return tuple(name[:100] for name in self.names(texts)[:10])

    def lyrics(self) -> Lyrics | None:
        texts = [
            text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
            for key, values in self.other.items()
            if key.startswith(("lyrics", "unsyncedlyrics", "syncedlyrics"))
            for text in values
        ]
        texts = [text.encode("utf-8", "replace").decode()[:MAX_LYRICS] for text in texts if text]
        if not texts:
            return None
        body = next((text for text in texts if _LRC.search(text)), texts[0])
        language = clean(next(iter(self.values("language", "tlan")), "")).lower()
        return Lyrics(
            format="LRC" if _LRC.search(body) else "PLAIN",
            body=body,
            language=language if re.fullmatch(r"[a-z]{2,3}", language) else None,
        )

    # Numbers and identifiers

    def number(self, field: str) -> int | None:
        value = self.tag.track if field == "track" else self.tag.disc
        if value is None or value == 0:
            return None
        if not 0 < value <= MAX_NUMBER:
            self.notes.append(f"its {field} number cannot be right: {value}")
            return None
        return value

    def year(self) -> int | None:
        for text in [self.tag.year or "", *self.values("year", "date", "originaldate", "tdor")]:
            match = _YEAR.search(text)
            if match is None or not match[0].strip("0"):
                continue
            if len(match[0]) in (4, 6, 8) and int(match[0][:4]) in YEARS:
                return int(match[0][:4])
            self.notes.append(f"its year cannot be right: {clean(text, 40)}")
        return None

    def kind(self) -> str:
        for text in self.values("releasetype", "musicbrainzalbumtype"):
            for word in re.split(r"[\x00;/,\s]+", text.lower()):
                if word in _KINDS:
                    return _KINDS[word]
        return "ALBUM"

    def isrc(self) -> str | None:
        for text in self.values("isrc"):
            for part in re.split(r"[\x00;/,]", text):
                code = re.sub(r"[\s-]", "", part).upper()
                if _ISRC.fullmatch(code) and not code.endswith("0000000"):
                    return code
                if code:
                    self.notes.append(f"its ISRC is not valid: {clean(part, 40)}")
        return None

    def uuid(self, *keys: str) -> UUID | None:
        for text in self.values(*keys):
            if match := _UUID.search(text):
                return UUID(match[0])
        return None

    def recording(self) -> UUID | None:
        for text in self.values("ufid"):
            if "musicbrainz.org" in text and (match := _UUID.search(text)):
                return UUID(match[0])
        return self.uuid("musicbrainztrackid", "musicbrainzrecordingid")

    def explicit(self) -> bool:
        # iTunes: 1 and, in old files, 4 are explicit; 2 is cleaned.
        advisory = {value.strip() for value in self.values("itunesadvisory", "rtng")}
        return bool(advisory & {"1", "4"})

    def gains(self) -> tuple[float | None, float | None, float | None, float | None]:
        def number(
            key: str, low: float, high: float, scale: float = 1, plus: float = 0
        ) -> float | None:
            for text in self.values(key):
                if match := _NUMBER.search(text):
                    value = float(match[0].replace(",", ".")) * scale + plus
                    if low <= value <= high:
                        return value
                    self.notes.append(f"its {key} cannot be right: {clean(text, 40)}")
            return None

        def gain(scope: str) -> float | None:
            value = number(f"replaygain{scope}gain", -64, 64)
            if value is None:
                # RFC 7845: dB in Q7.8 to -23 LUFS, five below ReplayGain's reference.
                value = number(f"r128{scope}gain", -64, 64, 1 / 256, 5)
            return value

        return (
            gain("track"),
            number("replaygaintrackpeak", 0, 16),
            gain("album"),
            number("replaygainalbumpeak", 0, 16),
        )

    def cover(self) -> bytes | None:
        image = self.tag.images.front_cover or self.tag.images.any
        return image.data if image is not None and image.data else None
