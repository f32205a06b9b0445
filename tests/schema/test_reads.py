"""Fields say which attributes of a record they read, so that only those columns are loaded."""

from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any, cast

import pytest
from strawberry.types.base import StrawberryObjectDefinition

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.files import FileRecord
from db.songs import SongRecord
from engine.batch import batch_of, together_of
from schema.album import Album
from schema.artist import Artist
from schema.file import File
from schema.song import Song

RECORDS = ((Album, AlbumRecord), (Artist, ArtistRecord), (File, FileRecord), (Song, SongRecord))


def _functions(type_: Any) -> Iterator[Callable[..., Any]]:
    definition: StrawberryObjectDefinition = type_.__strawberry_definition__
    for field in definition.fields:
        batch = batch_of(field.metadata)
        if batch is not None:
            yield batch.key
        elif together := together_of(field.metadata):
            yield together
        elif field.base_resolver is not None:
            yield cast("Callable[..., Any]", field.base_resolver.wrapped_func)


def _names(code: CodeType) -> set[str]:
    """Names of attributes and globals in a function, and in what it has inside."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


DECLARED = [
    pytest.param(function, record, id=f"{type_.__name__}-{function.__name__}")
    for type_, record in RECORDS
    for function in _functions(type_)
    if hasattr(function, "reads")
]


@pytest.mark.parametrize(("function", "record"), DECLARED)
def test_function_reads_what_it_declares(function: Any, record: Any) -> None:
    read = _names(function.__code__) & record.__annotations__.keys()
    assert read <= function.reads <= record.__annotations__.keys()


def test_fields_that_pages_show_are_declared() -> None:
    assert {parameter.id for parameter in DECLARED} >= {
        *("Album-album_id", "Artist-artist_id", "File-file_urls"),
        *("Song-song_id", "Song-_artist_ids", "Song-_album_id"),
    }
