"""How `tonearm serve` runs and stops its worker processes: nobody who was let in is turned out.

uvicorn stops by closing what is idle at that moment, also a connection whose request is already
on its way, and its first process keeps the socket open until the last worker has ended: who
connects meanwhile waits, and is thrown out in the end (docs/decisions/0037).
"""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final

import uvicorn
from uvicorn.supervisors import multiprocess

from app.http import LEAVING

LAST_SECONDS: Final = 1.0
"""For which a server that takes no new connections still takes requests on those that it has;
each answer says that it is the last."""

LOOK_SECONDS: Final = 0.05


def serve(application: str, host: str, port: int, workers: int, options: dict[str, Any]) -> None:
    """Serves until it is told to stop by SIGTERM or SIGINT. SIGHUP replaces one worker after the
    other, where there are several.

    `application` names a function that makes it, as `module:function`.
    """
    config = uvicorn.Config(
        application, factory=True, host=host, port=port, workers=workers, **options
    )
    with closing(config.bind_socket()) as listening:
        if workers == 1:
            Server(config).run([listening])
        else:
            Workers(config, [listening]).run()


class Server(uvicorn.Server):
    """A worker."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        sockets = sockets or []
        accepted = _accept_all(sockets)
        for server in self.servers:
            server.close()
        for listening in sockets:
            listening.close()
        leaving: asyncio.Event | None = self.lifespan.state.get(LEAVING)
        if leaving is not None:
            leaving.set()
        loop = asyncio.get_running_loop()
        for connection in accepted:
            await loop.connect_accepted_socket(self._make_protocol, connection)
        until = loop.time() + LAST_SECONDS
        while (  # noqa: ASYNC110 (uvicorn has no event for it)
            self.server_state.connections and loop.time() < until and not self.force_exit
        ):
            await asyncio.sleep(LOOK_SECONDS)
        await super().shutdown(sockets)

    def _make_protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = make(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        return protocol


def _accept_all(sockets: Sequence[socket.socket]) -> list[socket.socket]:
    """The connections that the system has accepted and nobody has taken yet."""
    accepted: list[socket.socket] = []
    for listening in sockets:
        listening.setblocking(False)
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # there is none
                break
            connection.setblocking(False)
            accepted.append(connection)
    return accepted


class Worker(multiprocess.Process):
    """A worker process."""

    @property
    def server(self) -> Server:
        if self._server is None:
            self._server = Server(self.config)
        assert isinstance(self._server, Server)
        return self._server


class Workers(multiprocess.Multiprocess):
    """The process that looks after the workers."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        multiprocess.Process = Worker  # type: ignore[misc]  # there is no other way to name it
        super().__init__(config, sockets)

    def terminate_all(self) -> None:
        for listening in self.sockets:
            listening.close()
        super().terminate_all()
