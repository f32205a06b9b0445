from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.episodes import EpisodeKey, update_episode_stored
from tests.factories import Factory
from tests.ingest.podcasts.feeds import item, tags
from tests.schema.conftest import Answer, Asked, People

EPISODES = """
query ($id: ID!, $first: Int!, $after: String) {
  show(id: $id) {
    episodes(first: $first, after: $after) {
      edges { node { id title } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
STREAM = """
query ($id: ID!) {
  episode(id: $id) {
    stream { url isLinked expiresAt refreshAfter mimeType sizeBytes }
  }
}
"""


def dated(number: int, **options: Any) -> str:
    return item(
        str(number),
        **{
            "title": f"Episode {number}",
            "url": f"https://cdn.example.com/{number}.mp3",
            "published": f"2026-01-{number:02}",
            **options,
        },
    )


async def ids_of(ask: Asked, show_id: int) -> dict[str, str]:
    """The episodes' global ids by title."""
    answer = await ask(EPISODES, id=f"show_{show_id:x}", first=100)
    edges = answer["show"]["episodes"]["edges"]
    return {edge["node"]["title"]: edge["node"]["id"] for edge in edges}


async def test_a_show_and_its_episode(factory: Factory, ask: Asked) -> None:
    episode = item(
        title="One & only",
        more=tags(duration="1:02:03", season=2, episode=7, episodeType="trailer", explicit="yes")
        + "<description>&lt;p&gt;A&lt;/p&gt;&lt;p&gt;B&lt;/p&gt;</description>"
        + "<link>https://example.com/7</link>"
        + '<podcast:chapters url="https://example.com/7.json"/>',
    )
    more = (
        tags(author="Ada L.")
        + '<language>en</language><itunes:category text="Arts"/><link>https://example.com</link>'
        + "<description>About</description>"
    )
    show = await factory.make_show(episode, more=more)
    answer = await ask(
        """
        query ($id: ID!) {
          show(id: $id) {
            title author description language explicit categories link popularity
            cover { url } savedByViewer
            episodes {
              nodes {
                title description kind season number explicit publishedAt durationMs link
                chaptersUrl progress { positionMs } show { title }
              }
            }
          }
        }
        """,
        id=f"show_{show.id:x}",
    )
    assert answer["show"] == {
        "title": "The Show",
        "author": "Ada L.",
        "description": "About",
        "language": "en",
        "explicit": False,
        "categories": ["Arts"],
        "link": "https://example.com/",
        "popularity": 0,
        "cover": None,
        "savedByViewer": False,
        "episodes": {
            "nodes": [
                {
                    "title": "One & only",
                    "description": "A\n\nB",
                    "kind": "TRAILER",
                    "season": 2,
                    "number": 7,
                    "explicit": True,
                    "publishedAt": "2020-11-24T10:00:00+00:00",
                    "durationMs": 3_723_000,
                    "link": "https://example.com/7",
                    "chaptersUrl": "https://example.com/7.json",
                    "progress": None,
                    "show": {"title": "The Show"},
                }
            ]
        },
    }


@pytest.mark.parametrize("first", [1, 2, 3, 100])
async def test_episodes_come_newest_first_page_by_page(
    factory: Factory, ask: Asked, first: int
) -> None:
    show = await factory.make_show(*(dated(number) for number in (2, 5, 3, 1, 4)))
    titles: list[str] = []
    after = None
    while True:
        page: Answer = await ask(EPISODES, id=f"show_{show.id:x}", first=first, after=after)
        episodes = page["show"]["episodes"]
        titles += [edge["node"]["title"] for edge in episodes["edges"]]
        if not episodes["pageInfo"]["hasNextPage"]:
            break
        after = episodes["pageInfo"]["endCursor"]
    assert titles == [f"Episode {number}" for number in (5, 4, 3, 2, 1)]


async def test_episodes_of_one_moment_are_each_shown_once(factory: Factory, ask: Asked) -> None:
    show = await factory.make_show(*(dated(n, published="2026-01-01") for n in range(1, 5)))
    first = (await ask(EPISODES, id=f"show_{show.id:x}", first=2))["show"]["episodes"]
    after = first["pageInfo"]["endCursor"]
    rest = (await ask(EPISODES, id=f"show_{show.id:x}", first=9, after=after))["show"]["episodes"]
    shown = [edge["node"]["title"] for edge in first["edges"] + rest["edges"]]
    assert shown == ["Episode 1", "Episode 2", "Episode 3", "Episode 4"]


async def test_pages_of_many_shows_cost_one_statement(
    factory: Factory, ask: Asked, statements: list[str]
) -> None:
    shows = [await factory.make_show(dated(1), dated(2)) for _ in range(3)]
    query = """query ($ids: [ID!]!) {
      nodes(ids: $ids) {
        ... on Show { title episodes(first: 1) { nodes { title show { title } stream { url } } } }
      }
    }"""
    await ask(query, ids=[f"show_{show.id:x}" for show in shows])
    statements.clear()
    answer = await ask(query, ids=[f"show_{show.id:x}" for show in shows])
    assert [node["episodes"]["nodes"][0]["title"] for node in answer["nodes"]] == ["Episode 2"] * 3
    assert len(statements) == 2, statements


async def test_shows_and_episodes_are_nodes(factory: Factory, ask: Asked) -> None:
    show = await factory.make_show(dated(1))
    episode = (await ids_of(ask, show.id))["Episode 1"]
    ids = [episode, f"show_{show.id:x}", f"episode_{show.id:x}_1", "show_1"]
    nodes = (await ask("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids))[
        "nodes"
    ]
    assert nodes == [
        {"__typename": "Episode", "id": ids[0]},
        {"__typename": "Show", "id": ids[1]},
        None,
        None,
    ]
    assert (await ask(STREAM, id=f"episode_{show.id + 1:x}_1")) == {"episode": None}


async def test_a_linked_episode_plays_from_its_publisher(factory: Factory, ask: Asked) -> None:
    show = await factory.make_show(dated(1))
    answer = await ask(STREAM, id=(await ids_of(ask, show.id))["Episode 1"])
    assert answer["episode"]["stream"] == {
        "url": "https://cdn.example.com/1.mp3",
        "isLinked": True,
        "expiresAt": None,
        "refreshAfter": None,
        "mimeType": "audio/mpeg",
        "sizeBytes": 1_000_000,
    }


async def test_a_stored_episode_plays_from_a_signed_url(factory: Factory, ask: Asked) -> None:
    show = await factory.make_show(dated(1))
    id_ = (await ids_of(ask, show.id))["Episode 1"]
    async with factory.pool.acquire() as connection:
        assert await update_episode_stored(
            connection,
            EpisodeKey(show.id, int(id_.split("_")[2], 16)),
            enclosure_url="https://cdn.example.com/1.mp3",
            object_key="audio/ab/cd/abcd.m4a",
            mime_type="audio/mp4",
            size_bytes=77,
            duration_ms=5_000,
        )
    stream = (await ask(STREAM, id=id_))["episode"]["stream"]
    assert stream["url"].startswith("http://media.example:9000/tonearm/audio/ab/cd/abcd.m4a?")
    assert "X-Amz-Signature" in stream["url"]
    assert (stream["isLinked"], stream["mimeType"], stream["sizeBytes"]) == (
        False,
        "audio/mp4",
        77,
    )
    assert stream["refreshAfter"] < stream["expiresAt"]


async def test_who_may_not_stream_gets_no_episode_either(factory: Factory, ask: Asked) -> None:
    show = await factory.make_show(dated(1))
    id_ = (await ids_of(ask, show.id))["Episode 1"]
    ask.services = replace(ask.services, anonymous_streaming=False)
    assert (await ask.error(STREAM, id=id_))["extensions"]["code"] == "NOT_SIGNED_IN"


SEARCH = """
query ($text: String!, $filter: SearchFilter) {
  search(query: $text, filter: $filter) {
    shows { edges { node { title } match { field text } } }
    episodes { edges { node { title show { title } } match { field text } } }
  }
}
"""


def found(answer: Answer, part: str) -> list[str]:
    return [edge["node"]["title"] for edge in answer["search"][part]["edges"]]


async def test_shows_and_episodes_are_found(factory: Factory, ask: Asked) -> None:
    await factory.make_show(
        dated(1, title="The Café of Time"),
        dated(2, title="Another"),
        title="Radio Nowhere",
        more=tags(author="Ada Lovelace"),
    )
    answer = await ask(SEARCH, text="cafe")
    assert (found(answer, "shows"), found(answer, "episodes")) == ([], ["The Café of Time"])
    assert answer["search"]["episodes"]["edges"][0]["match"] == [
        {"field": "TITLE", "text": "The Café of Time"}
    ]
    answer = await ask(SEARCH, text="radio now")
    assert found(answer, "shows") == ["Radio Nowhere"]
    assert found(answer, "episodes") == ["Another", "The Café of Time"], "the newest first"
    answer = await ask(SEARCH, text="lovelace")
    assert found(answer, "shows") == ["Radio Nowhere"]
    assert answer["search"]["shows"]["edges"][0]["match"] == [
        {"field": "AUTHOR", "text": "Ada Lovelace"}
    ]


async def test_search_follows_a_refresh(factory: Factory, ask: Asked) -> None:
    await factory.make_show(dated(1, title="Before"), dated(2), title="Old name", guid="x")
    await factory.make_show(dated(1, title="After"), dated(2), title="New name", guid="x")
    assert found(await ask(SEARCH, text="before"), "episodes") == []
    assert found(await ask(SEARCH, text="after"), "episodes") == ["After"]
    assert found(await ask(SEARCH, text="old name"), "episodes") == []
    assert found(await ask(SEARCH, text="new name"), "episodes") == ["Episode 2", "After"]
    assert found(await ask(SEARCH, text="new name"), "shows") == ["New name"]


async def test_episodes_are_filtered_by_year_length_and_words(factory: Factory, ask: Asked) -> None:
    await factory.make_show(
        dated(1, title="Talk one", published="2019-01-01", more=tags(duration=600)),
        dated(2, title="Talk two", published="2021-01-01", more=tags(duration=3600)),
        dated(3, title="Talk three", published="2021-01-02", more=tags(explicit="yes")),
    )
    for filter_, titles in [
        ({"years": {"from": 2021}}, {"Talk two", "Talk three"}),
        ({"durationMs": {"to": 1_000_000}}, {"Talk one"}),
        ({"explicit": True}, {"Talk three"}),
    ]:
        answer = await ask(SEARCH, text="talk", filter=filter_)
        assert set(found(answer, "episodes")) == titles


SET = """
mutation ($input: SetEpisodeProgressInput!) {
  setEpisodeProgress(input: $input) {
    ... on SetEpisodeProgressPayload {
      episode { title progress { positionMs completed heardAt } }
    }
    ... on Error { code message }
    ... on Invalid { field }
  }
}
"""
IN_PROGRESS = """
query ($first: Int! = 20, $after: String) {
  viewer {
    episodesInProgress(first: $first, after: $after) {
      nodes { title progress { positionMs } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


async def test_a_person_goes_on_where_they_stopped(
    factory: Factory, ask: Asked, people: People
) -> None:
    show = await factory.make_show(dated(1, more=tags(duration=3600)), dated(2))
    ids = await ids_of(ask, show.id)
    ada = ask.by(await people.make("ada"))
    answer = await ada(SET, input={"episodeId": ids["Episode 1"], "positionMs": 90_000})
    progress = answer["setEpisodeProgress"]["episode"]["progress"]
    assert (progress["positionMs"], progress["completed"]) == (90_000, False)
    page = (await ada(IN_PROGRESS))["viewer"]["episodesInProgress"]
    assert page["nodes"] == [{"title": "Episode 1", "progress": {"positionMs": 90_000}}]
    await ada(SET, input={"episodeId": ids["Episode 1"], "positionMs": 3_590_000})
    assert (await ada(IN_PROGRESS))["viewer"]["episodesInProgress"]["nodes"] == []


async def test_of_late_and_repeated_reports_the_latest_holds(
    factory: Factory, ask: Asked, people: People
) -> None:
    show = await factory.make_show(dated(1))
    id_ = (await ids_of(ask, show.id))["Episode 1"]
    ada = ask.by(await people.make("ada"))
    for minute, position in [(10, 100), (30, 300), (20, 200), (30, 300)]:
        answer = await ada(
            SET,
            input={
                "episodeId": id_,
                "positionMs": position,
                "heardAt": f"2026-01-01T10:{minute}:00Z",
            },
        )
    progress = answer["setEpisodeProgress"]["episode"]["progress"]
    assert progress == {
        "positionMs": 300,
        "completed": False,
        "heardAt": "2026-01-01T10:30:00+00:00",
    }


async def test_a_clock_that_is_ahead_does_not_hold_for_ever(
    factory: Factory, ask: Asked, people: People
) -> None:
    show = await factory.make_show(dated(1))
    id_ = (await ids_of(ask, show.id))["Episode 1"]
    ada = ask.by(await people.make("ada"))
    ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    await ada(SET, input={"episodeId": id_, "positionMs": 1, "heardAt": ahead})
    answer = await ada.later(5)(SET, input={"episodeId": id_, "positionMs": 2})
    assert answer["setEpisodeProgress"]["episode"]["progress"]["positionMs"] == 2


async def test_what_progress_cannot_be(factory: Factory, ask: Asked, people: People) -> None:
    show = await factory.make_show(dated(1))
    id_ = (await ids_of(ask, show.id))["Episode 1"]
    ada = ask.by(await people.make("ada"))
    for position in (-1, 604_800_001):
        answer = await ada(SET, input={"episodeId": id_, "positionMs": position})
        assert answer["setEpisodeProgress"]["field"] == "positionMs"
    answer = await ada(
        SET, input={"episodeId": id_, "positionMs": 1, "heardAt": "2026-01-01T10:00:00"}
    )
    assert answer["setEpisodeProgress"]["field"] == "heardAt"
    answer = await ada(SET, input={"episodeId": f"episode_{show.id:x}_1", "positionMs": 1})
    assert answer["setEpisodeProgress"]["code"] == "NOT_FOUND"


async def test_progress_is_a_persons_own(factory: Factory, ask: Asked, people: People) -> None:
    show = await factory.make_show(dated(1))
    id_ = (await ids_of(ask, show.id))["Episode 1"]
    ada, bob = ask.by(await people.make("ada")), ask.by(await people.make("bob"))
    await ada(SET, input={"episodeId": id_, "positionMs": 1_000})
    query = "query ($id: ID!) { episode(id: $id) { progress { positionMs } } }"
    assert (await bob(query, id=id_))["episode"]["progress"] is None
    assert (await ask(query, id=id_))["episode"]["progress"] is None
    assert (await bob(IN_PROGRESS))["viewer"]["episodesInProgress"]["nodes"] == []
    await bob(SET, input={"episodeId": id_, "positionMs": 2_000})
    assert (await ada(query, id=id_))["episode"]["progress"] == {"positionMs": 1_000}


async def test_episodes_in_progress_are_read_in_pages(
    factory: Factory, ask: Asked, people: People
) -> None:
    show = await factory.make_show(*(dated(number) for number in range(1, 6)))
    ada = ask.by(await people.make("ada"))
    for later, id_ in enumerate((await ids_of(ask, show.id)).values()):
        await ada.later(later)(SET, input={"episodeId": id_, "positionMs": 1})
    first = (await ada(IN_PROGRESS, first=3))["viewer"]["episodesInProgress"]
    after = first["pageInfo"]["endCursor"]
    rest = (await ada(IN_PROGRESS, first=3, after=after))["viewer"]["episodesInProgress"]
    assert not rest["pageInfo"]["hasNextPage"]
    titles = [node["title"] for node in first["nodes"] + rest["nodes"]]
    assert titles == [f"Episode {number}" for number in range(1, 6)]


async def test_shows_are_saved_and_no_more(factory: Factory, ask: Asked, people: People) -> None:
    show = await factory.make_show(dated(1))
    ada = ask.by(await people.make("ada"))
    change = """mutation ($ids: [ID!]!) {{
      {0}Shows(input: {{showIds: $ids}}) {{
        ... on {1}ShowsPayload {{ shows {{ title savedByViewer }} }}
      }}
    }}"""
    saved = "{ viewer { savedShows { edges { addedAt node { title } } } } }"
    answer = await ada(change.format("save", "Save"), ids=[f"show_{show.id:x}"])
    assert answer["saveShows"]["shows"] == [{"title": "The Show", "savedByViewer": True}]
    [edge] = (await ada(saved))["viewer"]["savedShows"]["edges"]
    assert edge["node"]["title"] == "The Show"
    answer = await ada(change.format("unsave", "Unsave"), ids=[f"show_{show.id:x}"])
    assert answer["unsaveShows"]["shows"] == [{"title": "The Show", "savedByViewer": False}]
    assert (await ada(saved))["viewer"]["savedShows"]["edges"] == []
