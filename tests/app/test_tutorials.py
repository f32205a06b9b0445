"""The tutorials: every query in them runs as it stands there, and answers as it says there. So do
those of the how-to for curators, and what the demo says to try."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from rich.console import Console

from app.demo import EXAMPLES
from app.ingesting import add_music
from app.people import create_person
from app.settings import Settings
from db.pool import Pool
from resolvers.viewer import Role

ROOT = Path(__file__).parents[2]
TUTORIALS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs").glob("tutorial/*.md"))
}
CURATE = (ROOT / "docs" / "how-to" / "curate.md").read_text(encoding="utf-8")
MUSIC = ROOT / "demo" / "music" / "Ludwig van Beethoven"
BLOCK = re.compile(
    r"^```(graphql|json (?:variables|headers|answer))\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
NAMED_VALUE = re.compile(r"\$([A-Z_]{3,})")


@dataclass
class Step:
    """A query with what goes with it; headers hold until others are given."""

    query: str
    variables: str = "{}"
    answer: str | None = None
    headers: str | None = None


def steps(text: str) -> Iterator[Step]:
    step: Step | None = None
    headers = None
    for kind, body in BLOCK.findall(text):
        if kind == "json headers":
            headers = body
        elif kind == "graphql":
            if step is not None:
                yield step
            step = Step(body, headers=headers)
        else:
            assert step is not None, "a query comes first"
            setattr(step, kind.removeprefix("json "), body)
    assert step is not None
    yield step


@dataclass
class Reader:
    """Somebody who does what a tutorial says."""

    api: httpx.AsyncClient
    mail: Path
    values: dict[str, str] = field(default_factory=dict)
    read: set[Path] = field(default_factory=set)

    async def do(self, step: Step) -> Any:
        if "$CODE" in step.variables:
            self.values["CODE"] = await self._code()
        body = {"query": step.query, "variables": json.loads(self._filled(step.variables))}
        headers = json.loads(self._filled(step.headers or "{}"))
        answer = (await self.api.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, (step.query, answer)
        self._note(answer["data"])
        return answer["data"]

    def _filled(self, text: str) -> str:
        return NAMED_VALUE.sub(lambda name: self.values[name[1]], text)

    async def _code(self) -> str:
        """The code in the next mail, as soon as it is there."""
        async with asyncio.timeout(10):
            while not (new := set(self.mail.glob("*.eml")) - self.read):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        self.read |= new
        text = message_from_bytes(max(new).read_bytes(), policy=policy.default).get_content()
        [code] = re.findall(r"^[a-z2-7]{45}$", text, re.MULTILINE)
        return str(code)

    def _note(self, data: Any) -> None:
        """Keeps the ids and tokens of an answer by the names of their fields: `$ACCESS_TOKEN`."""
        if isinstance(data, list):
            for each in data:
                self._note(each)
        elif isinstance(data, dict):
            for name, value in data.items():
                if isinstance(value, str):
                    self.values[re.sub("(?=[A-Z])", "_", name).upper()] = value
                self._note(value)


def matches(expected: Any, found: Any) -> bool:
    """Whether `found` is what the tutorial shows; `…` in a text stands for anything."""
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and list(expected) == list(found)
            and all(matches(value, found[name]) for name, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(expected) == len(found)
            and all(map(matches, expected, found))
        )
    if isinstance(expected, str) and isinstance(found, str):
        pattern = ".+".join(map(re.escape, expected.split("…")))
        return re.fullmatch(pattern, found) is not None
    return bool(expected == found)


def test_there_are_tutorials() -> None:
    assert TUTORIALS


@pytest.mark.parametrize("name", TUTORIALS)
async def test_tutorial_runs_as_it_is_written(
    name: str, api: httpx.AsyncClient, settings: Settings, clean_database: Pool
) -> None:
    await do_all(TUTORIALS[name], api, settings)


async def test_the_how_to_for_curators_runs_as_it_is_written(
    api: httpx.AsyncClient,
    settings: Settings,
    clean_database: Pool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("correct horse battery\n"))
    await create_person(
        settings,
        "clara",
        email=None,
        role=Role.CURATOR,
        password_stdin=True,
        console=Console(quiet=True),
    )
    await do_all(CURATE, api, settings)


@pytest.mark.parametrize("title", EXAMPLES)
async def test_what_the_demo_says_to_try_finds_something(
    title: str, api: httpx.AsyncClient, settings: Settings, clean_database: Pool
) -> None:
    await add_music(settings, [MUSIC])
    answer = (await api.post("/graphql", json={"query": EXAMPLES[title]})).json()
    assert "errors" not in answer
    empty = [path for path, value in walk(answer["data"]) if value in ([], None)]
    assert empty == []


def walk(value: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """All values within an answer, with where they are."""
    yield path, value
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from walk(item, *path, str(key))


async def do_all(text: str, api: httpx.AsyncClient, settings: Settings) -> None:
    """Does what a text says, in its order, in a catalogue of some Beethoven."""
    assert settings.mail_url is not None
    await add_music(settings, [MUSIC])
    mail = Path(urlsplit(settings.mail_url.get_secret_value()).path)
    reader = Reader(api, mail, read=set(mail.glob("*.eml")))  # noqa: ASYNC240
    ran = 0
    for step in steps(text):
        found = await reader.do(step)
        if step.answer is not None:
            expected = json.loads(step.answer)
            assert matches(expected, found), (step.query, found)
        ran += 1
    assert ran >= 5
