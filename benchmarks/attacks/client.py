"""A client that sends bytes and tells what came back."""

import asyncio
import re
from contextlib import suppress


async def ask(port: int, request: bytes, patience: float, *, slow: bool = False) -> str:
    """The status and the error's code, if there is one; `slow` never sends the last byte."""
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request[:-1] if slow else request)
                with suppress(OSError):
                    await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.read(4_096)
            finally:
                writer.close()
    except TimeoutError:
        return f"no answer in {patience:.0f} s"
    except ConnectionRefusedError:
        return "refused"
    except (OSError, asyncio.IncompleteReadError):
        return "connection lost"
    found = re.search(rb'"code": ?"(\w+)"', body)
    what = found[1].decode() if found else "error without a code" if b'"errors"' in body else ""
    return f"{head[9:12].decode()} {what}".strip()
