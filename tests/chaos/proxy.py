"""A TCP proxy on loopback that makes a network as bad as it is told to be."""

import asyncio
from contextlib import suppress
from typing import Self

CHUNK = 65_536


class FaultProxy:
    """Passes connections on to `target`, a port of this machine.

    Attributes:
        latency: Seconds by which everything is late, each way.
        bytes_per_second: The bandwidth of each connection and direction; 0 is no limit.
        answer: Sent to who connects, instead of passing anything on.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.latency = 0.0
        self.bytes_per_second = 0
        self.answer = b""
        self.port = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()

    async def accept(self) -> None:
        """Takes connections, on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Resets all connections, and takes no new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()
        await asyncio.sleep(0)

    def reset(self) -> None:
        """Resets the connections that are open."""
        for writer in tuple(self._writers):
            writer.transport.abort()
        for task in tuple(self._open):
            task.cancel()

    def stall(self) -> None:
        """A black hole: nothing comes through, and nobody is told. TCP goes on after `flow`."""
        self._flowing.clear()

    def flow(self) -> None:
        self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self._writers.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            if self.answer:
                await reader.read(CHUNK)
                writer.write(self.answer)
                await writer.drain()
                return
            await self._flowing.wait()
            back, there = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(there)
            pumps = (
                asyncio.create_task(self._pump(reader, there)),
                asyncio.create_task(self._pump(back, writer)),
            )
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # one of the two has gone, or `reset` was called
        finally:
            self._open.discard(task)
            for end in (writer, there):
                if end is not None:
                    self._writers.discard(end)
                    with suppress(OSError, RuntimeError):
                        end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if self.latency:
                await asyncio.sleep(self.latency)
            if self.bytes_per_second:
                await asyncio.sleep(len(data) / self.bytes_per_second)
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
