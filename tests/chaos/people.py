"""People who use Tonearm while it suffers, and keep ledgers of what it has told them."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import uuid4

import aiohttp

PATIENCE: Final = 60.0
"""Seconds after which a client gives up: what it then has is no answer at all, a hang."""

SIGN_UP: Final = """mutation ($input: SignUpInput!) { signUp(input: $input) { __typename
  ... on SignUpPayload { credentials { accessToken } } } }"""
LIKE: Final = """mutation ($input: LikeSongsInput!) { likeSongs(input: $input) { __typename } }"""
REPORT: Final = """mutation ($input: ReportPlaysInput!) { reportPlays(input: $input) { __typename
  ... on ReportPlaysPayload { plays { id } refused { id reason } } } }"""
QUEUE: Final = """mutation ($input: SetQueueInput!) { setQueue(input: $input) { __typename
  ... on SetQueuePayload { queue { revision } } ... on Conflict { currentRevision } } }"""
CREATE: Final = """mutation ($input: CreatePlaylistInput!) { createPlaylist(input: $input) {
  __typename ... on CreatePlaylistPayload { playlist { id } } } }"""
ADD: Final = """mutation ($input: AddToPlaylistInput!) { addToPlaylist(input: $input) { __typename
  ... on AddToPlaylistPayload { entries { id } } } }"""
SEARCH: Final = """query ($text: String!) { search(query: $text) { songs(first: 5) { nodes {
  id title stream { url } } } } }"""
PAGE: Final = """{ viewer { likedSongs(first: 20) { edges { node { title artists { name }
  album { title } } } } } }"""
WORDS: Final = ("ka", "lo", "mi", "ru", "se", "ta", "vo", "ne", "li", "du", "bel", "mon", "tra")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and when.

    Attributes:
        outcome: `ok`, an error's code, or what became of the connection.
    """

    at: float
    seconds: float
    kind: str
    outcome: str


@dataclass(slots=True)
class Ledger:
    """What one person was told is done, and what may have been done without an answer."""

    likes: set[str] = field(default_factory=set)
    maybe_likes: set[str] = field(default_factory=set)
    plays: set[str] = field(default_factory=set)
    entries: Counter[str] = field(default_factory=Counter)
    maybe_entries: Counter[str] = field(default_factory=Counter)
    revision: int = 0
    queue: list[str] = field(default_factory=list)
    maybe_queues: list[list[str]] = field(default_factory=list)

    def acknowledged(self) -> int:
        return len(self.likes) + len(self.plays) + self.entries.total() + self.revision


class Person:
    """Somebody with a connection of their own, who does one thing after the other."""

    patience = PATIENCE

    def __init__(self, name: str, url: str, songs: Sequence[str], seed: int) -> None:
        self.name = name
        self.url = url
        self.answers: list[Answer] = []
        self.ledger = Ledger()
        self._songs = songs
        self._random = random.Random(seed)
        self._token = ""
        self._playlist = ""
        self._session: aiohttp.ClientSession

    @asynccontextmanager
    async def signed_up(self) -> AsyncGenerator[Self, None]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self.patience)) as session:
            self._session = session
            account = {"userName": self.name, "email": f"{self.name}@example.com"}
            account["password"] = "correct horse battery"
            made = await self._done("signUp", SIGN_UP, account)
            self._token = made["credentials"]["accessToken"]
            made = await self._done("createPlaylist", CREATE, {"name": "Chaos"})
            self._playlist = made["playlist"]["id"]
            self.answers.clear()
            yield self

    async def _done(self, field_name: str, query: str, value: dict[str, Any]) -> dict[str, Any]:
        outcome, data = await self.ask(field_name, query, {"input": value})
        if data is None:
            raise AssertionError(f"{field_name}: {outcome}")
        result: dict[str, Any] = data[field_name]
        return result

    async def ask(
        self, kind: str, query: str, variables: dict[str, Any]
    ) -> tuple[str, dict[str, Any] | None]:
        """The outcome, and the data if there was no error."""
        began = time.monotonic()
        outcome, data = await self._ask(query, variables)
        now = time.monotonic()
        self.answers.append(Answer(now, now - began, kind, outcome))
        return outcome, data

    async def _ask(
        self, query: str, variables: dict[str, Any]
    ) -> tuple[str, dict[str, Any] | None]:
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            async with self._session.post(
                f"{self.url}/graphql",
                json={"query": query, "variables": variables},
                headers=headers,
            ) as response:
                text = await response.text()
        except TimeoutError:
            return "HANG", None
        except aiohttp.ClientConnectorError:
            return "refused", None
        except (aiohttp.ClientError, OSError):
            return "connection lost", None
        try:
            answer = json.loads(text)
        except ValueError:
            return f"NO JSON: {text[:60]}", None
        if errors := answer.get("errors"):
            return str(errors[0].get("extensions", {}).get("code", "NO CODE")), None
        return "ok", answer["data"]

    async def live(self, until: asyncio.Event, pause: float) -> None:
        """Reads and writes, in turns, until it is told to stop."""
        doings = (self.like, self.search, self.report, self.queue, self.add, self.page)
        turn = self._random.randrange(len(doings))
        while not until.is_set():
            await doings[turn % len(doings)]()
            turn += 1
            await asyncio.sleep(pause * self._random.uniform(0.5, 1.5))

    async def search(self) -> None:
        await self.ask("search", SEARCH, {"text": self._random.choice(WORDS)})

    async def page(self) -> None:
        await self.ask("page", PAGE, {})

    async def like(self) -> None:
        song = self._random.choice(self._songs)
        outcome, _ = await self.ask("like", LIKE, {"input": {"songIds": [song]}})
        (self.ledger.likes if outcome == "ok" else self.ledger.maybe_likes).add(song)

    async def report(self) -> None:
        """Sends a report until it is answered, as a player does."""
        id_ = str(uuid4())
        report = {
            "id": id_,
            "songId": self._random.choice(self._songs),
            "startedAt": datetime.now(UTC).isoformat(),
            "heardMs": 0,
        }
        for _ in range(5):
            _, data = await self.ask("report", REPORT, {"input": {"plays": [report]}})
            if data is not None:
                if any(play["id"] == id_ for play in data["reportPlays"].get("plays", ())):
                    self.ledger.plays.add(id_)
                return
            await asyncio.sleep(0.2)

    async def queue(self) -> None:
        songs = self._random.choices(self._songs, k=3)
        value = {"revision": self.ledger.revision, "songIds": songs}
        _, data = await self.ask("queue", QUEUE, {"input": value})
        if data is None:
            self.ledger.maybe_queues.append(songs)
            return
        result = data["setQueue"]
        if result["__typename"] == "SetQueuePayload":
            self.ledger.revision = result["queue"]["revision"]
            self.ledger.queue, self.ledger.maybe_queues = songs, []
        elif result["__typename"] == "Conflict":
            # Only what was sent without an answer can have come between.
            assert self.ledger.maybe_queues, f"{self.name}'s queue was changed by nobody"
            self.ledger.revision = result["currentRevision"]

    async def add(self) -> None:
        song = self._random.choice(self._songs)
        value = {"playlistId": self._playlist, "songIds": [song]}
        _, data = await self.ask("add", ADD, {"input": value})
        done = data is not None and data["addToPlaylist"]["__typename"] == "AddToPlaylistPayload"
        (self.ledger.entries if done else self.ledger.maybe_entries)[song] += 1

    async def audit(self) -> list[str]:
        """What the ledger says and Tonearm does not, and the other way round: should be none."""
        wrong: list[str] = []
        likes = set(await self._all("likedSongs", "song"))
        wrong += [f"like {song} lost" for song in self.ledger.likes - likes]
        unknown = likes - self.ledger.likes - self.ledger.maybe_likes
        wrong += [f"like {song} from nowhere" for song in unknown]
        plays = set(await self._all("history", "play"))
        wrong += [f"play {play} lost" for play in self.ledger.plays - plays]
        entries = Counter(await self._all("playlist", "entry"))
        wrong += [f"entry {song} lost" for song in (self.ledger.entries - entries)]
        most = self.ledger.entries + self.ledger.maybe_entries
        wrong += [f"entry {song} from nowhere" for song in (entries - most)]
        wrong += await self._audit_queue()
        return [f"{self.name}: {what}" for what in wrong]

    async def _audit_queue(self) -> list[str]:
        query = "{ viewer { queue { revision songs(first: 10) { nodes { id } } } } }"
        data = await self._surely(query, {})
        queue = data["viewer"]["queue"]
        if queue is None:
            return ["queue lost"] if self.ledger.revision else []
        wrong = []
        songs = [song["id"] for song in queue["songs"]["nodes"]]
        if queue["revision"] < self.ledger.revision:
            wrong.append(f"queue of revision {self.ledger.revision} lost")
        if songs not in [self.ledger.queue, *self.ledger.maybe_queues]:
            wrong.append("queue holds what nobody put there last")
        return wrong

    async def _all(self, what: str, kind: str) -> list[str]:
        opening, nodes, declared = {
            "likedSongs": ("viewer { list: likedSongs", "nodes { id }", ""),
            "history": ("viewer { list: history", "nodes { id }", ""),
            "playlist": (
                "playlist(id: $id) { list: entries",
                "nodes { song { id } }",
                ", $id: ID!",
            ),
        }[what]
        query = f"""query ($after: String{declared}) {{ {opening}(first: 100, after: $after) {{
            {nodes} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
        found: list[str] = []
        after = None
        while True:
            variables = {"after": after} | ({"id": self._playlist} if declared else {})
            data = await self._surely(query, variables)
            page = next(iter(data.values()))["list"]
            found += [
                node["song"]["id"] if kind == "entry" else node["id"] for node in page["nodes"]
            ]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def _surely(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        for _ in range(50):
            outcome, data = await self.ask("audit", query, variables)
            if data is not None:
                return data
            await asyncio.sleep(0.2)
        raise AssertionError(f"The audit cannot read: {outcome}")


class Crowd:
    """People who live at once."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people

    def since(self, moment: float) -> list[Answer]:
        return sorted(
            (answer for person in self.people for answer in person.answers if answer.at >= moment),
            key=lambda answer: answer.at,
        )

    @asynccontextmanager
    async def living(self, pause: float = 0.05) -> AsyncGenerator[None, None]:
        end = asyncio.Event()
        lives = [asyncio.create_task(person.live(end, pause)) for person in self.people]
        try:
            yield
        finally:
            end.set()
            await asyncio.gather(*lives)

    async def healed(self, since: float, seconds: float) -> float:
        """Seconds from `since` until everybody has been answered, and all that was asked in half
        a second was answered well; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                await asyncio.sleep(0.1)
                answers = self.since(since)
                bad = max((one.at for one in answers if one.outcome != "ok"), default=since)
                good = [one for one in answers if one.at > bad]
                if good and good[-1].at - bad > 0.5:
                    return bad - since

    async def audit(self) -> list[str]:
        wrong: list[str] = []
        for person in self.people:
            wrong += await person.audit()
        return wrong

    def acknowledged(self) -> int:
        return sum(person.ledger.acknowledged() for person in self.people)


@asynccontextmanager
async def crowd(url: str, songs: Sequence[str], count: int = 6) -> AsyncGenerator[Crowd, None]:
    """`count` people who have signed up."""
    people = [Person(f"person{number}", url, songs, number) for number in range(count)]
    entered = [person.signed_up() for person in people]
    try:
        for one in entered:
            await one.__aenter__()
        yield Crowd(people)
    finally:
        for one in entered:
            with suppress(RuntimeError, AttributeError):
                await one.__aexit__(None, None, None)
