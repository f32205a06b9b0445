"""The mails that are sent to people."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from resolvers.auth.codes import Code


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    text: str = field(repr=False)


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, letter: Letter) -> None:
        """Raises what its transport raises."""


def verification(email: str, user_name: str, code: Code, life: timedelta) -> Letter:
    return Letter(
        to=email,
        subject="Confirm your address",
        text=(
            f"Hello {user_name},\n\n"
            f"this code confirms that this address is yours:\n\n{code}\n\n"
            f"It is good for {_hours(life)} and while you are signed in.\n\n"
            "If you did not ask for it, you need not do anything: without the\n"
            "code the address cannot be used.\n"
        ),
    )


def password_reset(
    email: str, user_name: str, code: Code, life: timedelta, link: str | None
) -> Letter:
    way = f"this code lets you set a new password:\n\n{code}\n\n"
    if link is not None:
        way += f"Or open this page, which knows the code:\n\n{link}\n\n"
    return Letter(
        to=email,
        subject="Set a new password",
        text=(
            f"Hello {user_name},\n\n"
            f"{way}"
            f"It is good for {_hours(life)}, once.\n\n"
            "If you did not ask for it, you need not do anything: your password\n"
            "stays as it is.\n"
        ),
    )


def _hours(life: timedelta) -> str:
    hours = int(life.total_seconds() // 3600)
    return "an hour" if hours == 1 else f"{hours} hours"
