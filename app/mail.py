"""Mail: by SMTP, or into files that a developer can read."""

import asyncio
import logging
import re
import smtplib
import ssl
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from app.settings import Settings, SettingsError
from resolvers.letters import Letter, Mailer

logger: Final = logging.getLogger("tonearm.mail")

TIMEOUT_SECONDS: Final = 20.0


class FileMailer:
    """Writes each mail into a file of its own, named by the time and whom it is for."""

    def __init__(self, directory: Path, sender: str) -> None:
        self._directory = directory
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        await asyncio.to_thread(self._write, letter)

    def _write(self, letter: Letter) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        whom = re.sub(r"[^\w.@-]", "_", letter.to)[:100]
        path = self._directory / f"{time.time_ns()}-{whom}.eml"
        new = path.with_suffix(".new")
        new.write_bytes(bytes(message(letter, self._sender)))
        new.replace(path)


class SmtpMailer:
    """Hands mails to a server by SMTP (RFC 5321), encrypted unless the URL says `smtp+plain`."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        await asyncio.to_thread(self._send, letter)

    def _send(self, letter: Letter) -> None:
        url = self._url
        host = url.hostname or "localhost"
        context = ssl.create_default_context()
        connection: smtplib.SMTP
        if url.scheme == "smtps":
            connection = smtplib.SMTP_SSL(
                host, url.port or 465, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT_SECONDS)
        with connection:
            if url.scheme == "smtp":
                connection.starttls(context=context)
            if url.username:
                connection.login(unquote(url.username), unquote(url.password or ""))
            connection.send_message(message(letter, self._sender))


class NoMailer:
    """Notes that a mail was not sent."""

    async def send(self, letter: Letter) -> None:
        logger.warning("No mail was sent (%s): set TONEARM_MAIL_URL", letter.subject)


def make_mailer(settings: Settings) -> Mailer:
    """Raises `SettingsError`."""
    if settings.mail_url is None:
        return NoMailer()
    url = settings.mail_url.get_secret_value()
    scheme = urlsplit(url).scheme
    if scheme == "file":
        return FileMailer(Path(unquote(urlsplit(url).path)), settings.mail_from)
    if scheme in ("smtp", "smtps", "smtp+plain"):
        return SmtpMailer(url, settings.mail_from)
    raise SettingsError("TONEARM_MAIL_URL: takes smtp://, smtps://, smtp+plain:// or file:///")


def message(letter: Letter, sender: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    return mail
