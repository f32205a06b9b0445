"""Takes out of text what must be read by nobody: passwords, tokens, signatures.

What is known word by word (the secrets among the settings) is found anywhere; the rest by the
shapes in which it is written.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from app.settings import Settings

REDACTED: Final = "[redacted]"
SHORTEST: Final = 6
"""Characters from which on a secret is looked for: a shorter one would be found in all words."""

_SHAPES: Final = re.compile(
    r"""
      (?P<scheme>\b(?:Bearer|Basic|Digest)\s+)[^\s"',;]+
    | (?P<userinfo>://)[^\s/@"']+@
    | (?P<parameter>
        \bX-Amz-(?:Signature|Credential|Security-Token)(?:=|%3D)
        |\b(?:Signature|Key-Pair-Id|Policy|AWSAccessKeyId)=
      )[^&\s"'<>]+
    | (?P<field>
        ["']?\b\w*(?:password|passwd|secret|token|authorization|cookie)["']?\s*[=:]\s*["']
      )[^"'\n]*
    | (?-i:\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?)
    | \btnr_[\w-]+
    | (?-i:(?<![\w/+.-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{32,})
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""The last three are tokens: JWTs, our refresh tokens, and what is long and looks random."""


class Redactor:
    """Takes secrets out of text: those given, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in (secret, quote(secret, safe="")) if form}
        longest_first = sorted((form for form in forms if len(form) >= SHORTEST), key=len)[::-1]
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        return _SHAPES.sub(_redacted, text)


def _redacted(match: re.Match[str]) -> str:
    kept = next((part for part in match.groups() if part is not None), "")
    return f"{kept}{REDACTED}{'@' if kept == '://' else ''}"


def secrets_of(settings: Settings) -> Iterator[str]:
    """Every secret among the settings, and the passwords in URLs."""
    for name in Settings.model_fields:
        value: Any = getattr(settings, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        if "://" in text:
            password = urlsplit(text).password
            if password:
                yield password
                yield unquote(password)
        elif isinstance(value, SecretStr):
            for part in text.split(","):  # of keys, their secret, which alone signs
                yield part.strip()
                yield part.strip().rpartition(":")[2]
