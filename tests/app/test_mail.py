from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from app.embedded.ports import choose_ports
from app.mail import FileMailer, NoMailer, SmtpMailer, make_mailer
from app.settings import Settings, SettingsError
from resolvers.letters import Letter

LETTER = Letter("ada@example.com", "Grüße", "Code:\n\nabc\n")


class Received(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)


@pytest.fixture
def server() -> Iterator[Controller]:
    port = choose_ports(["smtp"], {})["smtp"]
    controller = Controller(Received(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


async def test_a_mail_goes_to_the_server(server: Controller) -> None:
    await SmtpMailer(f"smtp+plain://127.0.0.1:{server.port}", "Tonearm <t@example.com>").send(
        LETTER
    )
    [mail] = server.handler.mails
    assert mail["X-RcptTo"] == "ada@example.com"
    assert mail["From"] == "Tonearm <t@example.com>"
    assert mail.get_payload() == "Code:\r\n\r\nabc\r\n"


async def test_a_server_that_is_not_encrypted_is_refused(server: Controller) -> None:
    with pytest.raises(Exception, match="STARTTLS"):
        await SmtpMailer(f"smtp://ada:secret@127.0.0.1:{server.port}", "t@example.com").send(LETTER)
    assert server.handler.mails == []


async def test_a_mail_becomes_a_file_of_its_own(tmp_path: Path) -> None:
    mailer = FileMailer(tmp_path / "mail", "t@example.com")
    await mailer.send(LETTER)
    await mailer.send(Letter("../../x@y", "s", "t"))
    assert len(list(tmp_path.rglob("*.eml"))) == 2  # noqa: ASYNC240
    assert [path.name for path in tmp_path.iterdir()] == ["mail"]  # noqa: ASYNC240


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (None, NoMailer),
        ("file:///tmp/a%20b", FileMailer),
        ("smtp://user:p%40ss@mail.example:587", SmtpMailer),
    ],
)
def test_the_url_says_how(settings: Settings, url: str | None, kind: type) -> None:
    given = settings.model_dump() | {"mail_url": url}
    assert isinstance(make_mailer(Settings.model_validate(given)), kind)


def test_another_url_is_told(settings: Settings) -> None:
    given = settings.model_dump() | {"mail_url": "pigeon://x"}
    with pytest.raises(SettingsError, match="TONEARM_MAIL_URL"):
        make_mailer(Settings.model_validate(given))
