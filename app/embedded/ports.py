"""Free ports on the loopback interface, kept from one start to the next."""

import random
import socket
from collections.abc import Iterable, Mapping
from typing import Final

# Below the ports from which the usual systems take those of outgoing connections, so that a
# remembered port is rarely lost to one.
RANGE: Final = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: connections that linger after a stop are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose_ports(names: Iterable[str], remembered: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name: the remembered one unless somebody else listens on it."""
    ports: dict[str, int] = {}
    reserved = set(remembered.values())
    for name in names:
        port = remembered.get(name)
        while port is None or port in ports.values() or not is_free(port):
            port = random.choice(RANGE)  # noqa: S311 (nothing secret about it)
            if port in reserved:
                port = None
        ports[name] = port
    return ports
