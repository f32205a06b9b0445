"""Makes the demo library anew: `python -m demo.generate [--out DIR] [--only TEXT] [--jobs N]`."""

import argparse
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from demo.catalogue import ALBUMS, COPYRIGHT, Album, Song
from demo.covers import SIZE, draw_cover
from demo.encode import encode, measure, replay_gain, set_loudness
from demo.master import finish

MUSIC: Final = Path(__file__).parent / "music"


def _file_name(text: str) -> str:
    """`text` without what some file system forbids in a name."""
    return re.sub(r'\s*[<>:"/\\|?*]\s*', " ", text).strip().rstrip(".")


def track_number(album: Album, song: Song) -> int:
    """Counted from 1 within the song's disc."""
    return [other for other in album.songs if other.disc == song.disc].index(song) + 1


def tags(album: Album, song: Song) -> dict[str, str]:
    discs = max(other.disc for other in album.songs)
    tracks = sum(other.disc == song.disc for other in album.songs)
    found = {
        "title": song.title,
        "artist": song.artist or album.artist,
        "album": album.title,
        "album_artist": album.artist,
        "track": f"{track_number(album, song)}/{tracks}",
        "disc": f"{song.disc}/{discs}",
        "date": str(song.year or album.year),
        "genre": song.genre or album.genre,
        "copyright": COPYRIGHT,
    }
    if album.compilation:
        found["compilation"] = "1"
    if song.isrc:
        found["ISRC"] = song.isrc
    if song.lyrics:
        found["lyrics"] = song.lyrics
    return found


def paths(album: Album, song: Song) -> list[Path]:
    """The files of a song, below the library's folder."""
    discs = max(other.disc for other in album.songs)
    number = f"{track_number(album, song):02}"
    stem = _file_name(
        f"{song.disc}-{number} {song.title}" if discs > 1 else f"{number} {song.title}"
    )
    folder = Path(_file_name(album.artist), _file_name(album.title))
    return [folder / f"{stem}.{kind}" for kind in ("mp3", song.also) if kind]


def make(out: Path, album: Album, song: Song) -> list[Path]:
    """Plays, masters and encodes one song; returns what was written."""
    samples = finish(song.play(), song.seconds, room=song.room)
    samples = set_loudness(samples, song.loudness)
    written = [out / path for path in paths(album, song)]
    cover = draw_cover(album)
    for path in written:
        loudness = measure(samples, mono=path.suffix == ".flac")
        encode(samples, path, tags(album, song) | replay_gain(loudness), cover, SIZE)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.generate", description=__doc__)
    parser.add_argument("--out", type=Path, default=MUSIC, help="folder to write (demo/music)")
    parser.add_argument("--only", default="", help="only songs whose title contains this text")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    work = [(a, s) for a in ALBUMS for s in a.songs if options.only.lower() in s.title.lower()]
    total = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for written in pool.map(make, [options.out] * len(work), *zip(*work, strict=True)):
            for path in written:
                total += path.stat().st_size
                print(f"{path.stat().st_size / 1000:8.1f} kB  {path.relative_to(options.out)}")
    print(f"{total / 1e6:8.2f} MB in all")


if __name__ == "__main__":
    main()
