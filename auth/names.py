"""The names of people: which are allowed, and when two are the same.

A user name is a handle: a few ASCII letters, so that everyone can type it and no two look alike
(docs/decisions/0007-user-names-are-ascii.md). The name that others see may be in any script.
"""

import re
import secrets
import unicodedata
from typing import Final

MAX_DISPLAY_CHARACTERS: Final = 64
_USER_NAME: Final = re.compile(r"(?a:[A-Za-z0-9](?:[._-]?[A-Za-z0-9]){2,29})")
_SEPARATORS: Final = str.maketrans("", "", "._-")
_LOOK_ALIKES: Final = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"))
"""ASCII's share of the look-alikes in Unicode TS 39, where a capital I stands for an l."""


class BadName(ValueError):
    """The name is not allowed; the message says what is."""


def clean_user_name(text: str) -> str:
    """The name as it is kept and shown; raises `BadName`."""
    name = unicodedata.normalize("NFKC", text).strip()
    if _USER_NAME.fullmatch(name) is None or len(name) > 30:
        raise BadName(
            "A user name has 3 to 30 letters from a to z and digits; single dots, hyphens and "
            "underscores may stand between them."
        )
    return name


def generated_user_name() -> str:
    """A name for somebody who has none that is allowed."""
    return f"listener-{secrets.token_hex(5)}"


def user_name_key(name: str) -> str:
    """The same for names that differ by case and separators, or that look alike.

    `"Paul_Lind"`, `"paul.lind"` and `"PauI-L1nd"` are one name.
    """
    key = name.casefold().translate(_SEPARATORS)
    for shown, meant in _LOOK_ALIKES:
        key = key.replace(shown, meant)
    return key


def clean_display_name(text: str) -> str:
    """The name as it is shown, in NFC with single spaces; raises `BadName`."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > MAX_DISPLAY_CHARACTERS:
        raise BadName(f"A display name has 1 to {MAX_DISPLAY_CHARACTERS} characters.")
    if any(unicodedata.category(character) in _UNSEEN for character in _without_joiners(name)):
        raise BadName("A display name has no control characters and no invisible ones.")
    return name


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def _without_joiners(name: str) -> str:
    """Without what joins emoji, and letters of Persian and of India's scripts."""
    return name.translate({0x200C: None, 0x200D: None, 0xFE0F: None})
