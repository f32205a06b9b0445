from datetime import UTC, datetime

import pytest

from ingest.tags import Lyrics
from resolvers.ids import song_id
from resolvers.withdrawal import restore, withdraw
from tests.factories import Factory
from tests.schema.conftest import Asked

SONG = "query ($id: ID!) { song(id: $id) { %s } }"


async def test_song_has_what_its_tags_say(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song(
        "Für Élise 🎹",
        artists=("Ludwig van Beethoven",),
        featured=("周杰倫",),
        album="Bagatelles",
        genres=("Classical", "Piano"),
        disc=1,
        track=2,
        year=1810,
        isrc="QZTON2600001",
        explicit=True,
        track_gain_db=-3.5,
        track_peak=0.5,
    )
    fields = """
        id title artists { name } featuredArtists { name } album { title artists { name } }
        discNumber trackNumber durationMs isrc explicit year popularity genres { slug name }
        lyrics { text } cover { url } replayGain { trackGainDb trackPeak albumGainDb } available
    """
    assert await ask(SONG % fields, id=song_id(song)) == {
        "song": {
            "id": song_id(song),
            "title": "Für Élise 🎹",
            "artists": [{"name": "Ludwig van Beethoven"}, {"name": "周杰倫"}],
            "featuredArtists": [{"name": "周杰倫"}],
            "album": {"title": "Bagatelles", "artists": [{"name": "Ludwig van Beethoven"}]},
            "discNumber": 1,
            "trackNumber": 2,
            "durationMs": 200_000,
            "isrc": "QZTON2600001",
            "explicit": True,
            "year": 1810,
            "popularity": 0,
            "genres": [
                {"slug": "classical", "name": "Classical"},
                {"slug": "piano", "name": "Piano"},
            ],
            "lyrics": None,
            "cover": None,
            "replayGain": {"trackGainDb": -3.5, "trackPeak": 0.5, "albumGainDb": None},
            "available": True,
        }
    }


async def test_files_are_in_the_order_of_their_bit_rates(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song(codec="MP3", bitrate_kbps=128)
    await factory.make_song(codec="FLAC", bitrate_kbps=900)
    fields = """files {
        codec bitrateKbps sampleRateHz channels bitDepth durationMs sizeBytes sha256 mimeType
        streamUrl
    }"""
    flac, mp3 = (await ask(SONG % fields, id=song_id(song)))["song"]["files"]
    record = (await factory.files(song))[0]
    assert flac.pop("streamUrl").startswith(
        f"http://media.example:9000/tonearm/{record.object_key}?"
    )
    assert flac == {
        "codec": "FLAC",
        "bitrateKbps": 900,
        "sampleRateHz": 44_100,
        "channels": 2,
        "bitDepth": 16,
        "durationMs": 200_000,
        "sizeBytes": 5_000_001,
        "sha256": record.sha256.hex(),
        "mimeType": "audio/flac",
    }
    assert mp3["codec"] == "MP3"


@pytest.mark.parametrize(
    ("arguments", "codec"),
    [
        ("", "AAC"),
        ("(quality: LOW)", "OPUS"),
        ("(quality: NORMAL)", "MP3"),
        ("(quality: HIGH)", "AAC"),
        ("(quality: LOSSLESS)", "FLAC"),
        ("(quality: LOSSLESS, codecs: [MP3, OPUS])", "MP3"),
        ("(quality: LOW, codecs: [MP3])", "MP3"),
        ("(quality: LOW, codecs: [FLAC])", "FLAC"),
        ("(codecs: [VORBIS])", None),
        ("(codecs: [])", None),
    ],
)
async def test_stream_is_what_the_player_can_decode(
    factory: Factory, ask: Asked, arguments: str, codec: str | None
) -> None:
    formats = {"FLAC": 900, "AAC": 256, "MP3": 128, "OPUS": 64}
    for each, bitrate_kbps in formats.items():
        song = await factory.make_song(codec=each, bitrate_kbps=bitrate_kbps)
    stream = (await ask(SONG % f"stream{arguments} {{ file {{ codec }} }}", id=song_id(song)))[
        "song"
    ]["stream"]
    assert (stream and stream["file"]["codec"]) == codec


async def test_stream_tells_when_to_come_back(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song()
    stream = (
        await ask(
            SONG % "stream { url expiresAt refreshAfter mimeType sizeBytes }", id=song_id(song)
        )
    )["song"]["stream"]
    assert stream["mimeType"] == "audio/mpeg"
    assert stream["sizeBytes"] == 5_000_000
    assert stream["refreshAfter"] < stream["expiresAt"]
    assert "X-Amz-Signature=" in stream["url"]


async def test_a_file_above_four_gigabytes_has_its_size(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song()
    async with factory.pool.acquire() as connection:
        await connection.execute("UPDATE files SET size_bytes = 5000000000")
    assert await ask(SONG % "files { sizeBytes }", id=song_id(song)) == {
        "song": {"files": [{"sizeBytes": 5_000_000_000}]}
    }


async def test_lyrics_in_time(factory: Factory, ask: Asked) -> None:
    lrc = "[ar:Anon]\n[00:12.50]Second\n[00:01.00][01:02.003]First and last\n"
    song = await factory.make_song(lyrics=Lyrics("LRC", lrc, "en"))
    assert await ask(
        SONG % "lyrics { language text lines { startMs text } }", id=song_id(song)
    ) == {
        "song": {
            "lyrics": {
                "language": "en",
                "text": "First and last\nSecond\nFirst and last",
                "lines": [
                    {"startMs": 1_000, "text": "First and last"},
                    {"startMs": 12_500, "text": "Second"},
                    {"startMs": 62_003, "text": "First and last"},
                ],
            }
        }
    }


async def test_plain_lyrics_have_no_times(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song(lyrics=Lyrics("PLAIN", "One \nTwo"))
    assert await ask(SONG % "lyrics { lines { startMs text } }", id=song_id(song)) == {
        "song": {
            "lyrics": {
                "lines": [{"startMs": None, "text": "One"}, {"startMs": None, "text": "Two"}]
            }
        }
    }


async def test_cover_comes_in_three_sizes_with_its_colour(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song(cover=bytes(32))
    fields = """
        cover { url small: url(size: SMALL) large: url(size: LARGE) dominantColor }
        album { cover { dominantColor } }
    """
    found = (await ask(SONG % fields, id=song_id(song)))["song"]
    assert "/300.jpg?" in found["cover"]["url"]
    assert "/64.jpg?" in found["cover"]["small"]
    assert "/640.jpg?" in found["cover"]["large"]
    assert found["cover"]["dominantColor"] == "#336699"
    assert found["album"]["cover"] == {"dominantColor": "#336699"}


async def test_a_withdrawn_song_does_not_play_and_is_not_found(
    factory: Factory, ask: Asked
) -> None:
    song = await factory.make_song("Withdrawn")
    [file] = await factory.files(song)
    both = """query ($id: ID!, $file: ID!) {
        song(id: $id) { available files { id } stream { url } }
        node(id: $file) { id }
        search(query: "withdrawn") { songs { nodes { title } } }
    }"""
    ids = {"id": song_id(song), "file": f"file_{file.song_id:x}_{file.id:x}"}
    async with factory.pool.acquire() as connection:
        await withdraw(connection, song.id, datetime.now(UTC))
    assert await ask(both, **ids) == {
        "song": {"available": False, "files": [], "stream": None},
        "node": None,
        "search": {"songs": {"nodes": []}},
    }
    async with factory.pool.acquire() as connection:
        await restore(connection, song.id)
    found = await ask(both, **ids)
    assert found["song"]["stream"] is not None
    assert found["node"] == {"id": ids["file"]}
    assert found["search"] == {"songs": {"nodes": [{"title": "Withdrawn"}]}}
