"""What is asked, of whom, and what makes two answers equal."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from benchmarks.graphql.catalogue import Catalogue

PAGE_SIZE: Final = 20
PAGES: Final = 100
SINGLES: Final = 500

SONG_FIELDS: Final = """
      id
      title
      durationMs
      artists { id name }
      album { id title }
      files { codec bitrateKbps streamUrl }
"""
PAGE: Final = f"""
query Page($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Song {{{SONG_FIELDS}    }}
  }}
}}
"""
SONG: Final = "query Song($id: ID!) { song(id: $id) { id title durationMs } }"
SEARCH: Final = f"""
query Search($query: String!) {{
  search(query: $query) {{
    songs(first: {PAGE_SIZE}) {{
      nodes {{{SONG_FIELDS}      }}
    }}
  }}
}}
"""

# PostGraphile makes the schema from the tables: other names, and numbers instead of global ids.
POSTGRAPHILE_PAGE: Final = """
query Page($ids: [BigInt!]!) {
  nodes: songsByIds(ids: $ids) {
    id: rowId
    title
    durationMs
    artists { id: rowId name }
    album { id: rowId title }
    files { codec bitrateKbps streamUrl }
  }
}
"""
POSTGRAPHILE_SONG: Final = """
query Song($id: BigInt!) { song: songByRowId(rowId: $id) { id: rowId title durationMs } }
"""


@dataclass(frozen=True, slots=True)
class Workload:
    """Bodies of requests, and how to bring an answer into the form that is compared."""

    name: str
    bodies: Sequence[str]
    normalise: Callable[[Any], Any] = lambda data: data


def workloads(catalogue: Catalogue) -> dict[str, Workload]:
    """The workloads with Tonearm's schema, by name; the same ones each time."""
    return {
        "page": Workload(
            "page", [_body(PAGE, ids=[_song_id(song) for song in ids]) for ids in _pages(catalogue)]
        ),
        "song": Workload("song", [_body(SONG, id=_song_id(song)) for song in _singles(catalogue)]),
        "search": Workload("search", [_body(SEARCH, query=query) for query in _queries(catalogue)]),
    }


def postgraphile_workloads(catalogue: Catalogue) -> dict[str, Workload]:
    """The same questions as PostGraphile understands them."""
    return {
        "page": Workload(
            "page",
            [
                _body(POSTGRAPHILE_PAGE, ids=[str(song) for song in ids])
                for ids in _pages(catalogue)
            ],
            _with_global_ids,
        ),
        "song": Workload(
            "song",
            [_body(POSTGRAPHILE_SONG, id=str(song)) for song in _singles(catalogue)],
            _with_global_ids,
        ),
    }


def _body(query: str, /, **variables: object) -> str:
    return json.dumps({"query": query, "variables": variables})


def _song_id(number: int) -> str:
    return f"song_{number:x}"


def _pages(catalogue: Catalogue) -> list[list[int]]:
    random = Random(1)
    return [random.sample(catalogue.song_ids, PAGE_SIZE) for _ in range(PAGES)]


def _singles(catalogue: Catalogue) -> list[int]:
    return Random(2).sample(catalogue.song_ids, SINGLES)


def _queries(catalogue: Catalogue) -> list[str]:
    """What people type: a word of a title, finished or not."""
    random = Random(3)
    words = [random.choice(title.lower().split()) for title in catalogue.titles[:PAGES]]
    return [word[: random.randint(3, 6)] for word in words]


def _with_global_ids(data: Any) -> Any:
    """Global ids in the place of the numbers of rows."""
    for song in data["nodes"] if "nodes" in data else [data["song"]]:
        song["id"] = f"song_{int(song['id']):x}"
        for artist in song.get("artists", ()):
            artist["id"] = f"artist_{int(artist['id']):x}"
        if "album" in song:
            song["album"]["id"] = f"album_{int(song['album']['id']):x}"
    return data
