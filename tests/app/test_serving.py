"""`tonearm serve` as a process: what it writes, and how it ends."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
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


class Server:
    """A server process, and all that it wrote."""

    def __init__(self, settings: Settings, log: Path, **more: str) -> None:
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
                [sys.executable, "-m", "app.cli", "serve"],
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

    async def stopped(self) -> int:
        return await asyncio.to_thread(self.process.wait, 60)


@contextmanager
def serving(settings: Settings, log: Path, **more: str) -> Iterator[Server]:
    server = Server(settings, log, **more)
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
    more = {
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
    body = b'{"query": "{ genre(slug: \\"none\\") { name } }"}'
    head = (
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n" % len(body)
    )
    with serving(settings, tmp_path / "log") as server:
        await server.until(200)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head + body[:10])
        await asyncio.sleep(0.2)  # until a worker has read it
        server.process.terminate()
        async with asyncio.timeout(30):
            while await _accepts(server.port):  # noqa: ASYNC110 (another process's doing)
                await asyncio.sleep(0.02)
        writer.write(body[10:])
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b'{"data":{"genre":null}}')
        await server.stopped()


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True
