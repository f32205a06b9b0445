"""What a stack remembers between starts: its ports and its generated secrets."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from app.embedded.errors import EmbeddedError


def _secret() -> str:
    """192 random bits in letters and digits, fit for a URL, SQL, JSON and TOML alike."""
    return secrets.token_hex(24)


@dataclass(frozen=True, slots=True)
class Secrets:
    postgres_password: str = field(default_factory=_secret)
    tonearm_password: str = field(default_factory=_secret)
    s3_access_key_id: str = field(default_factory=lambda: "TA" + secrets.token_hex(9).upper())
    s3_secret_access_key: str = field(default_factory=_secret)
    volume_key: str = field(default_factory=_secret)
    filer_write_key: str = field(default_factory=_secret)
    filer_read_key: str = field(default_factory=_secret)


@dataclass(frozen=True, slots=True)
class State:
    """The ports by the name of what listens there, and the secrets of all servers."""

    ports: dict[str, int] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The state in the file, or a new one when there is none."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(ports=dict(data["ports"]), secrets=Secrets(**data["secrets"]))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError, KeyError) as error:
            raise EmbeddedError(
                f"{path} cannot be read ({error}): restore it, or remove {path.parent} with all "
                "its data"
            ) from error

    def write(self, path: Path) -> None:
        """Replaces the file in one step; nobody but its owner can read it."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replaces a file, in one step, by one that only its owner can read."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
