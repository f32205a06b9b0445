"""Finds audio files in folders."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from ingest.formats import EXTENSIONS


@dataclass(frozen=True, slots=True)
class FoundFile:
    path: Path
    """Absolute."""
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class NotRead:
    """A path that could not be looked at."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class NotMusic:
    """A file that by its name is no music, or a hidden file or folder."""

    path: Path


def scan(paths: Iterable[Path]) -> Iterator[FoundFile | NotRead | NotMusic]:
    """Walks the paths, folder by folder in the order of their names; each file comes once.

    Symbolic links are followed; a folder that was visited is not visited again. A file that is
    named itself is given whatever its extension.
    """
    visited: set[tuple[int, int]] = set()
    for path in paths:
        try:
            resolved = path.resolve(strict=True)
            stat = resolved.stat()
        except (OSError, RuntimeError) as error:  # RuntimeError: links that lead to themselves
            yield NotRead(path, describe_os_error(error))
            continue
        if S_ISDIR(stat.st_mode):
            yield from _walk(resolved, visited)
        elif not S_ISREG(stat.st_mode):
            yield NotRead(path, "it is neither a file nor a folder")
        else:
            yield FoundFile(resolved, stat.st_size, stat.st_mtime_ns)


def describe_os_error(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _walk(top: Path, visited: set[tuple[int, int]]) -> Iterator[FoundFile | NotRead | NotMusic]:
    paths = [top]
    while paths:
        path = paths.pop()
        if path.name.startswith(".") and path != top:
            yield NotMusic(path)
            continue
        is_music = path.suffix.lower() in EXTENSIONS
        try:
            stat = path.stat()
            if S_ISDIR(stat.st_mode):
                if (stat.st_dev, stat.st_ino) not in visited:
                    visited.add((stat.st_dev, stat.st_ino))
                    # pathlib's iterdir cannot be sorted without making a Path of each name twice.
                    names = sorted(os.listdir(path), reverse=True)  # noqa: PTH208
                    paths += [path / name for name in names]
                continue
        except OSError as error:
            # A broken link is worth a word only where it stands for music.
            is_folder = isinstance(error, PermissionError)
            yield (
                NotRead(path, describe_os_error(error))
                if is_music or is_folder
                else (NotMusic(path))
            )
            continue
        if is_music and S_ISREG(stat.st_mode):
            yield FoundFile(path, stat.st_size, stat.st_mtime_ns)
        else:
            yield NotMusic(path)
