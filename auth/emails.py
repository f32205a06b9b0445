"""E-mail addresses: which can be written to, and when two are the same."""

import re
import unicodedata
from typing import Final

import idna

MAX_CHARACTERS: Final = 254
_ADDRESS: Final = re.compile(
    r"""(?P<local>[^@\s\x00-\x1f\x7f,;:<>()\[\]"\\]{1,64})@(?P<domain>\S+)"""
)


class BadEmail(ValueError):
    """This is not an address that mail can be sent to."""

    def __init__(self) -> None:
        super().__init__("This is not an e-mail address: it should look like ada@example.com.")


def clean_email(text: str) -> str:
    """The address as mail is sent to it; raises `BadEmail`.

    Whether somebody reads it, only a mail can tell.
    """
    found = _ADDRESS.fullmatch(unicodedata.normalize("NFC", text).strip())
    if found is None or len(text) > MAX_CHARACTERS:
        raise BadEmail
    try:
        domain = idna.encode(found["domain"], uts46=True).decode()
    except idna.IDNAError as error:
        raise BadEmail from error
    if "." not in domain:
        raise BadEmail
    return f"{found['local']}@{domain}"


def email_key(email: str) -> str:
    """The same for addresses that differ by case or by the way they are encoded.

    Mail always goes to the address that was proved, never to one that was typed with the same key.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold())
