"""What becomes of an upload while S3 is gone, slow, or refuses: completed later, and never lost."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from rich.console import Console

from app.people import set_role
from resolvers.viewer import Role
from tests.chaos.people import Person
from tests.chaos.servers import Deployment

MUSIC: Final = Path(__file__).parents[2] / "demo" / "music"
SIGN_IN: Final = """mutation ($input: SignInInput!) { signIn(input: $input) { __typename
  ... on SignInPayload { credentials { accessToken } } } }"""
REQUEST: Final = """mutation ($input: RequestUploadInput!) { requestUpload(input: $input) {
  __typename ... on RequestUploadPayload { uploadId url headers { name value } } } }"""
COMPLETE: Final = """mutation ($input: CompleteUploadInput!) { completeUpload(input: $input) {
  __typename ... on CompleteUploadPayload { song { title } } ... on Error { message } } }"""


def refused(code: str) -> bytes:
    """What S3 answers when it refuses a request with this code."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>".encode()
    head = b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/xml\r\nconnection: close\r\n"
    return head + b"content-length: %d\r\n\r\n%b" % (len(body), body)


@dataclass(frozen=True, slots=True)
class StorageFault:
    """`told` is what who completes an upload meanwhile gets."""

    name: str
    begin: Callable[[Deployment], None]
    told: str
    short: bool = True


def _answer(code: str) -> Callable[[Deployment], None]:
    def begin(deployment: Deployment) -> None:
        deployment.objects.answer = refused(code)
        deployment.objects.reset()

    return begin


def _gone(deployment: Deployment) -> None:
    deployment.objects.target = 1  # nobody listens there
    deployment.objects.reset()


def _slow(deployment: Deployment) -> None:
    deployment.objects.latency = 0.3


def _narrow(deployment: Deployment) -> None:
    deployment.objects.bytes_per_second = 200_000


def end(deployment: Deployment) -> None:
    proxy = deployment.objects
    proxy.answer, proxy.latency, proxy.bytes_per_second = b"", 0.0, 0
    proxy.target = deployment.storage_port
    proxy.flow()
    proxy.reset()


STORAGE_FAULTS: Final = (
    StorageFault("S3 gone, an upload", _gone, "UNAVAILABLE"),
    StorageFault("S3 refuses (403), an upload", _answer("AccessDenied"), "UNAVAILABLE"),
    StorageFault(
        "clocks apart (RequestTimeTooSkewed), an upload",
        _answer("RequestTimeTooSkewed"),
        "UNAVAILABLE",
    ),
    StorageFault("S3 0.3 s away, an upload", _slow, "ok"),
    StorageFault("S3 with 200 kB/s, an upload", _narrow, "ok", short=False),
    StorageFault(
        "black hole before S3, an upload",
        lambda deployment: deployment.objects.stall(),
        "UNAVAILABLE",
        short=False,
    ),
)


class Curator(Person):
    """Somebody who may upload, more patient than a listener."""

    patience = 200.0

    def __init__(self, deployment: Deployment) -> None:
        super().__init__("curator", deployment.url, deployment.songs, 0)
        self._deployment = deployment
        self._files = sorted(MUSIC.rglob("*.mp3"), key=lambda path: path.stat().st_size)

    async def become(self) -> None:
        """From listener to curator; the next token says so."""
        settings = self._deployment.settings()
        await set_role(settings, self.name, Role.CURATOR, Console(quiet=True))
        value = {"login": self.name, "password": "correct horse battery"}
        made = await self._done("signIn", SIGN_IN, value)
        self._token = made["credentials"]["accessToken"]

    async def suffer(self, fault: StorageFault) -> tuple[str, float, str]:
        """What was told while S3 suffered, after how many seconds, and at last."""
        file = self._files.pop()
        upload_id = await self._put(file)
        fault.begin(self._deployment)
        try:
            began = time.monotonic()
            told, _ = await self._complete(upload_id)
            seconds = time.monotonic() - began
        finally:
            end(self._deployment)
        if told == "ok":
            return told, seconds, told
        finally_told, _ = await self._complete(upload_id)
        return told, seconds, finally_told

    async def _put(self, file: Path) -> str:
        content = await asyncio.to_thread(file.read_bytes)
        asked = {
            "fileName": file.name,
            "sizeBytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        made = await self._done("requestUpload", REQUEST, asked)
        headers = {header["name"]: header["value"] for header in made["headers"]}
        async with (
            aiohttp.ClientSession() as session,
            session.put(made["url"], data=content, headers=headers) as answer,
        ):
            answer.raise_for_status()
        upload_id: str = made["uploadId"]
        return upload_id

    async def _complete(self, upload_id: str) -> tuple[str, dict[str, Any] | None]:
        outcome, data = await self.ask("upload", COMPLETE, {"input": {"uploadId": upload_id}})
        if data is not None and data["completeUpload"]["__typename"] != "CompleteUploadPayload":
            return str(data["completeUpload"]), data
        return outcome, data
