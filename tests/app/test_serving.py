"""`tonearm serve` as a process: what it writes, and how it ends."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import websockets
from pydantic import SecretStr

from app.settings import PREFIX, Settings
from tests.app.conftest import free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
SIGN_UP = """
    mutation SignUp($password: String!) {
        signUp(input: { userName: "%s", email: "%s@example.com", password: $password }) {
            ... on SignUpPayload { credentials { accessToken refreshToken } }
            ... on Error { message }
        }
    }
"""
BODY = b'{"query": "{ genre(slug: \\"none\\") { name } }"}'
ANSWER = b'{"data":{"genre":null}}'
HEAD = (
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n"
)
MUCH: dict[str, Any] = {"TONEARM_RATE_LIMIT_ADDRESS": "0", "TONEARM_LOG_LEVEL": "error"}


class Server:
    """A server process, and all that it wrote."""

    def __init__(self, settings: Settings, log: Path, workers: int, **more: str) -> None:
        self.port = free_port()
        self.log = log
        values = settings.model_dump(exclude_unset=True, exclude={"cors_origins"})
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(PREFIX)
        }
        for name, value in values.items():
            secret = isinstance(value, SecretStr)
            environment[PREFIX + name.upper()] = value.get_secret_value() if secret else str(value)
        environment |= {"TONEARM_PORT": str(self.port), "PYTHONPATH": str(ROOT), **more}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve", "--workers", str(workers)],
                cwd=log.parent,
                env=environment,
                stdout=output,
                stderr=output,
            )

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    async def until(self, status: int) -> None:
        """Waits until it says that of its readiness."""
        async with self.client() as client, asyncio.timeout(60):
            while True:
                try:
                    if (await client.get("/readyz")).status_code == status:
                        return
                except httpx.TransportError:
                    assert self.process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.02)

    def workers(self) -> set[int]:
        """Ids of its worker processes."""
        found = set()
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()):
                    found.add(child.pid)
        return found

    async def stopped(self) -> int:
        return await asyncio.to_thread(self.process.wait, 60)


@contextmanager
def serving(settings: Settings, log: Path, *, workers: int = 1, **more: str) -> Iterator[Server]:
    server = Server(settings, log, workers, **more)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
        server.process.wait(60)


@pytest.mark.parametrize("log_format", ["json", "text"])
async def test_no_secret_is_ever_written(
    settings: Settings, tmp_path: Path, log_format: str
) -> None:
    more: dict[str, Any] = {
        "TONEARM_LOG_LEVEL": "debug",
        "TONEARM_LOG_FORMAT": log_format,
        "TONEARM_ACCESS_LOG": "true",
    }
    secrets = {PASSWORD}
    with serving(settings, tmp_path / "log", **more) as server:
        await server.until(200)
        async with server.client() as client:

            async def ask(query: str, token: str = "", **variables: Any) -> Any:
                headers = {"authorization": f"Bearer {token}"} if token else {}
                body = {"query": query, "variables": variables}
                answer = await client.post("/graphql", json=body, headers=headers)
                assert answer.headers["x-request-id"]
                return answer.json()

            signed_up = await ask(
                SIGN_UP % (f"ada{log_format}", f"ada{log_format}"), password=PASSWORD
            )
            tokens = signed_up["data"]["signUp"]["credentials"]
            secrets |= set(tokens.values())
            assert "errors" not in await ask(
                "query Me { viewer { user { userName } } }", tokens["accessToken"]
            )
            await ask("query Me { viewer { user { userName } } }", tokens["accessToken"] + "x")
            await ask("query Me { viewer { user { userName } } }", "Bearer nonsense")
            await ask(SIGN_UP, password=PASSWORD)  # no valid document
            await client.get("/graphql", params={"query": f'{{ a(password: "{PASSWORD}") }}'})
            await client.get(f"/no-such-page?token={tokens['refreshToken']}")
    written = server.log.read_text()
    assert len(re.findall("Answered", written)) >= 7
    for name in ("token_keys", "s3_secret_access_key"):
        secret = getattr(settings, name).get_secret_value()
        secrets |= {secret, secret.rpartition(":")[2]}
    secrets.add(str(settings.database_url).split("@")[0].rpartition(":")[2])
    for secret in secrets:
        assert secret not in written
    assert "X-Amz-Signature=" not in written.replace("X-Amz-Signature=[redacted]", "")
    if log_format == "json":
        lines = [json.loads(line) for line in written.splitlines()]
        assert {"SignUp", "Me"} <= {line.get("operation") for line in lines}


async def test_a_request_under_way_is_answered_before_the_server_ends(
    settings: Settings, tmp_path: Path
) -> None:
    with serving(settings, tmp_path / "log") as server:
        await server.until(200)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD % len(BODY) + BODY[:10])
        await asyncio.sleep(0.2)  # until a worker has read it
        server.process.terminate()
        async with asyncio.timeout(30):
            while await _accepts(server.port):  # noqa: ASYNC110 (another process's doing)
                await asyncio.sleep(0.02)
        writer.write(BODY[10:])
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(ANSWER)
        await server.stopped()


class Load:
    """Clients who ask all the time, every other one on a new connection each time."""

    def __init__(self, port: int, clients: int = 16) -> None:
        self._port = port
        self._clients = clients
        self.answered = 0
        self.refused = 0
        self.broken: list[str] = []
        self._enough = asyncio.Condition()

    async def __aenter__(self) -> "Load":
        self._tasks = [asyncio.create_task(self._ask(n % 2 == 0)) for n in range(self._clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def more(self, answers: int) -> None:
        """Waits until so many more were answered."""
        wanted = self.answered + answers
        async with self._enough:
            await self._enough.wait_for(lambda: self.answered >= wanted)

    async def _ask(self, anew: bool) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                self.refused += 1
                await asyncio.sleep(0.02)
                continue
            try:
                while await self._once(reader, writer) and not anew:
                    pass
            except (OSError, asyncio.IncompleteReadError) as error:
                self.broken.append(repr(error))
            finally:
                writer.close()

    async def _once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection may be used again."""
        writer.write(HEAD % len(BODY) + BODY)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None
        body = await reader.readexactly(int(length[1]))
        if not head.startswith(b"http/1.1 503"):  # too much at once is an answer, too
            assert body == ANSWER
        async with self._enough:
            self.answered += 1
            self._enough.notify_all()
        return b"connection: close" not in head


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_server_that_stops_under_load_breaks_no_request(
    settings: Settings, tmp_path: Path, workers: int
) -> None:
    with serving(settings, tmp_path / "log", workers=workers, **MUCH) as server:
        await server.until(200)
        async with asyncio.timeout(60), Load(server.port) as load:
            await load.more(200)
            server.process.terminate()
            await server.stopped()
    assert load.broken == []
    assert "Traceback" not in server.log.read_text()


async def test_workers_are_replaced_under_load_and_nobody_notices(
    settings: Settings, tmp_path: Path
) -> None:
    with serving(settings, tmp_path / "log", workers=2, **MUCH) as server:
        await server.until(200)
        before = server.workers()
        async with asyncio.timeout(120), Load(server.port, clients=4) as load:
            await load.more(50)
            server.process.send_signal(signal.SIGHUP)
            while before & server.workers():  # noqa: ASYNC110 (another process's doing)
                await asyncio.sleep(0.05)
            await load.more(50)
    assert (load.broken, load.refused) == ([], 0)


async def test_subscribers_are_told_to_come_again(settings: Settings, tmp_path: Path) -> None:
    with serving(settings, tmp_path / "log", workers=2) as server:
        await server.until(200)
        async with (
            asyncio.timeout(60),
            websockets.connect(
                f"ws://127.0.0.1:{server.port}/graphql",
                subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
            ) as socket,
        ):
            await socket.send('{"type": "connection_init"}')
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            server.process.terminate()
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012  # "service restart": clients connect again
            await server.stopped()


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True
