"""The account the servers run as, and files that it can reach.

PostgreSQL refuses to run as root. Started by root, the servers run as an account without
rights, `nobody` if there is one. That account may be unable to enter the checkout (below /root,
say) or to read the programs (a virtual environment below /root). The permissions there are not
ours to widen, so in that case the data and copies of the programs live where it can reach them.
"""

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.embedded.errors import NoAccount

CANDIDATES: Final = ("nobody", "postgres", "daemon")
SHARED_DATA: Final = Path("/var/lib/tonearm")


@dataclass(frozen=True, slots=True)
class Account:
    """An entry of the user database: `initdb` fails for a user id that has none."""

    name: str
    uid: int
    gid: int

    def can(self, test: str, path: Path) -> bool:
        """Whether the account passes a file test of test(1), such as `-r` or `-x`."""
        command = ["test", test, str(path)]
        finished = subprocess.run(  # noqa: S603
            command, user=self.uid, group=self.gid, extra_groups=[], cwd="/", check=False
        )
        return finished.returncode == 0

    def own(self, path: Path) -> None:
        """Gives the account a file or an empty directory."""
        os.chown(path, self.uid, self.gid)


def unprivileged_account() -> Account | None:
    """Whom the servers run as: `None` is the present user, who is not root.

    Raises `NoAccount` when root has nobody to hand over to.
    """
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(name, entry.pw_uid, entry.pw_gid)
        try:
            usable = account.uid != 0 and account.can("-d", Path("/"))
        except (OSError, subprocess.SubprocessError):  # an id that this container does not map
            usable = False
        if usable:
            return account
    raise NoAccount(
        f"PostgreSQL refuses to run as root, and none of the accounts {', '.join(CANDIDATES)} "
        "can be used: start Tonearm as an ordinary user"
    )


def make_data_directory(directory: Path, account: Account | None) -> Path:
    """The directory of the servers' data: `directory/data`, as the account can reach it.

    Where the account cannot enter `directory`, `directory/data` is a symbolic link.
    """
    data = directory / "data"
    if data.is_symlink() and not data.exists():
        data.unlink()
    if not data.exists():
        if account is None:
            data.mkdir(mode=0o700)
        elif account.can("-x", directory.resolve()):
            data.mkdir(mode=0o700)
            account.own(data)
        else:
            data.symlink_to(_make_shared_directory(account))
    return data.resolve()


def _make_shared_directory(account: Account) -> Path:
    parent = SHARED_DATA
    try:
        parent.mkdir(mode=0o711, exist_ok=True)
    except OSError:
        parent = Path("/var/tmp")  # noqa: S108 (mkdtemp makes a private directory of it)
    made = Path(tempfile.mkdtemp(prefix="tonearm-", dir=parent))
    account.own(made)
    return made
