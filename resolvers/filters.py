"""What a client narrows a search by, as the search takes it."""

from collections.abc import Sequence
from typing import Any, Final

from db.search import Range, SearchFilter
from db.search.filters import DURATIONS_MS, YEARS
from resolvers.errors import BadInput
from resolvers.ids import parse_id

MAX_VALUES: Final = 20
"""Ids or codecs of one condition."""


def search_filter(given: Any) -> SearchFilter | None:
    """The filter of an input `SearchFilter`; raises `BadInput` for one that is none."""
    if given is None:
        return None
    return SearchFilter(
        genre_ids=_ids("genres", "genre", given.genres),
        artist_ids=_ids("artists", "artist", given.artists),
        album_ids=_ids("albums", "album", given.albums),
        codecs=tuple(codec.value for codec in _few("codecs", given.codecs)),
        explicit=given.explicit,
        years=_range("years", given.years, YEARS),
        durations_ms=_range("durationMs", given.duration_ms, DURATIONS_MS),
    )


def _few(name: str, values: Sequence[Any] | None) -> Sequence[Any]:
    if values is not None and not 1 <= len(values) <= MAX_VALUES:
        raise BadInput(
            f"`filter.{name}` takes 1 to {MAX_VALUES} values; leave it out for no condition",
            argument="filter",
        )
    return values or ()


def _ids(name: str, kind: str, values: Sequence[str] | None) -> tuple[int, ...]:
    try:
        return tuple(parse_id(value, kind).numbers[0] for value in _few(name, values))
    except BadInput as error:
        raise BadInput(f"`filter.{name}`: {error}", argument="filter") from error


def _range(name: str, given: Any, bounds: tuple[int, int]) -> Range | None:
    if given is None or (given.from_ is None and given.to is None):
        return None
    least = bounds[0] if given.from_ is None else given.from_
    most = bounds[1] if given.to is None else given.to
    if not bounds[0] <= least <= most <= bounds[1]:
        raise BadInput(
            f"`filter.{name}` takes a range from {bounds[0]} to {bounds[1]}, and not {least} to "
            f"{most}",
            argument="filter",
        )
    return Range(least, most)
