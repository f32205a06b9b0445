"""The one normal form of names and titles, and the words that search knows them by.

Index and query go through the same functions, so a text always finds itself: the words of
`query_words(text)` are among `tokens(text)`. After a change of what they give, raise
`NORMALISER_VERSION` and rebuild the search tables.
"""

import re
import unicodedata
from typing import Final

NORMALISER_VERSION: Final = 1

MAX_CHARACTERS: Final = 1_000
"""Characters of a text that are read; what follows is not searchable."""

MAX_WORD_CHARACTERS: Final = 64
"""A longer word is known by its beginning."""


def normalise(text: str) -> str:
    """Words in one case and without accents, separated by single spaces.

    `"  Beyoncé – HALO!"` is `"beyonce halo"`, `"AC/DC"` is `"ac dc"`, `"Ke$ha"` is `"kesha"`,
    `"Simon & Garfunkel"` is `"simon and garfunkel"`. A text of symbols alone keeps them
    (`"!!!"`). Idempotent; never raises; NUL and lone surrogates are dropped.
    """
    folded = fold(text)
    if _PLAIN.fullmatch(folded):
        return folded
    words = [word for chunk in folded.split() for word in _chunk_words(chunk)]
    if not words:
        # The name is made of symbols, like the band `!!!` and the song `$$$`.
        words = folded.split()
    return " ".join([_SYNONYMS.get(word, word)[:MAX_WORD_CHARACTERS] for word in words])


def tokens(text: str) -> list[str]:
    """The words under which a text is found, without duplicates, in order of appearance.

    These are the words of its normal form, and the other ways in which people write it:
    `AC/DC` is also `acdc`, `L'amour` is also `amour`, `I ❤ NY` is also `❤`. Chinese and Japanese
    have no spaces: each character and each pair of neighbours is a word.
    """
    words = normalise(text).split()
    found = dict.fromkeys(words)
    folded = fold(text, keep_apostrophes=True)
    if not _PLAIN.fullmatch(folded):
        for chunk in folded.split():
            found.update(dict.fromkeys(_other_forms(chunk)))
    if not text.isascii():
        for word in list(found):
            if _CJK.search(word):
                del found[word]
                for run in _runs(word):
                    found.update(dict.fromkeys(_cjk_index_words(run)))
    return list(found)


def query_words(text: str) -> list[str]:
    """The words that a name must have to be found by `text`; each is among `tokens(name)`.

    Of Chinese and Japanese these are the pairs of neighbours.
    """
    words = normalise(text).split()
    if text.isascii():
        return words
    return [
        part
        for word in words
        for run in (_runs(word) if _CJK.search(word) else (word,))
        for part in _cjk_query_words(run)
    ]


def is_cjk(word: str) -> bool:
    """Whether a word is of Chinese characters or Japanese kana, which are written without
    spaces between words."""
    return _CJK.match(word) is not None


_PLAIN: Final = re.compile(r"(?!.*\b(?:ft|featuring)\b)[a-z0-9]{1,64}(?: [a-z0-9]{1,64})*")
_APOSTROPHES: Final = "'’‘ʼ`´′ʻʹ‛＇ʾʿ"
_CJK_CLASS: Final = (
    r"[\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    r"\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_CJK: Final = re.compile(_CJK_CLASS)
_CJK_RUN: Final = re.compile(f"{_CJK_CLASS}+|(?:(?!{_CJK_CLASS}).)+")
_SYNONYMS: Final = {"&": "and", "+": "and", "ft": "feat", "featuring": "feat"}
_LEET: Final = re.compile(r"(?<=[^\W\d_])\$|\$(?=[^\W\d_])")
_LEET_I: Final = re.compile(r"(?<![^\W_])([^\W\d_]{1,2})!(?=[^\W\d_])")

# Letters that Unicode does not take apart into a plain letter and a mark.
_LETTERS: Final = {
    "ß": "ss",
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ŋ": "n",
    "ħ": "h",
    "ŧ": "t",
    "ə": "e",
    "ƒ": "f",
    "ɓ": "b",
    "ɗ": "d",
    "ƙ": "k",
    "ѓ": "г",
    "ـ": "",  # Arabic tatweel only stretches a word
}

# Marks of Latin, Greek, Cyrillic, Hebrew and Arabic. Elsewhere a mark makes another letter:
# without it が would become か, and Thai would lose its vowels.
_STRIPPED_MARKS: Final = (
    range(0x0300, 0x0370),
    range(0x0483, 0x048A),
    range(0x0591, 0x05BE),
    range(0x05BF, 0x05C0),
    range(0x05C1, 0x05C3),
    range(0x05C4, 0x05C6),
    range(0x05C7, 0x05C8),
    range(0x0610, 0x061B),
    range(0x064B, 0x0660),
    range(0x0670, 0x0671),
    range(0x06D6, 0x06DD),
    range(0x06DF, 0x06E5),
    range(0x06E7, 0x06E9),
    range(0x06EA, 0x06EE),
    range(0x08CA, 0x0900),
    range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
    range(0xFE00, 0xFE10),
    range(0xFE20, 0xFE30),
    range(0xE0100, 0xE01F0),
)


class _FoldTable(dict[int, str]):
    """What a code point of decomposed text becomes; filled as code points are met."""

    MAX_ENTRIES = 50_000

    def __missing__(self, code: int) -> str:
        folded = self._folded(chr(code))
        if len(self) < self.MAX_ENTRIES:
            self[code] = folded
        return folded

    def _folded(self, character: str) -> str:
        if any(ord(character) in marks for marks in _STRIPPED_MARKS):
            return ""
        if character == "^":  # reserved: marks a prefix among the lexemes of search
            return " "
        category = unicodedata.category(character)
        if category in ("Cs", "Cn", "Co", "Cf"):
            return ""
        if category[0] in "ZC":
            return " "
        if character in _LETTERS:
            return _LETTERS[character]
        folded = unicodedata.normalize("NFKD", character.casefold())
        return folded if folded == character else folded.translate(self)


_FOLD: Final = _FoldTable()
_FOLD_APOSTROPHES: Final = str.maketrans("", "", _APOSTROPHES)
_SAME_APOSTROPHE: Final = str.maketrans(_APOSTROPHES, "'" * len(_APOSTROPHES))


def fold(text: str, *, keep_apostrophes: bool = False) -> str:
    """`text` in small letters without accents; spaces and symbols are still in it."""
    text = text[:MAX_CHARACTERS]
    text = text.translate(_SAME_APOSTROPHE if keep_apostrophes else _FOLD_APOSTROPHES)
    if text.isascii():
        text = text.lower()
        if _PLAIN.fullmatch(text):
            return text
    folded = unicodedata.normalize("NFKD", text).translate(_FOLD)
    return unicodedata.normalize("NFC", folded)


def is_word_character(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _parts(chunk: str) -> list[str]:
    """The words between the symbols of a chunk of text without spaces."""
    spaced = [character if is_word_character(character) else " " for character in chunk]
    return "".join(spaced).split()


def _chunk_words(chunk: str) -> list[str]:
    if chunk.isalnum() or chunk in _SYNONYMS:
        return [chunk]
    return _parts(letters_for_symbols(chunk))


def letters_for_symbols(chunk: str) -> str:
    """`Ke$ha` and `P!nk` as they are spoken."""
    return _LEET_I.sub(r"\1i", _LEET.sub("s", chunk))


def _other_forms(chunk: str) -> list[str]:
    """Other spellings of a chunk that has symbols in it, cut to length."""
    if chunk.isalnum() or chunk in _SYNONYMS:
        return []
    bare = chunk.replace("'", "")
    parts = _parts(chunk)
    if not parts:
        # A dash between two words is no name, a heart or `!!!` is.
        is_name = len(bare) > 1 or unicodedata.category(bare or "-") == "So"
        return [bare[:MAX_WORD_CHARACTERS]] if is_name else []
    forms = [*_parts(letters_for_symbols(chunk)), *_parts(letters_for_symbols(bare))]
    forms.append("".join(parts))
    return [form[:MAX_WORD_CHARACTERS] for form in forms]


def _runs(word: str) -> list[str]:
    return _CJK_RUN.findall(word)


def _cjk_index_words(run: str) -> list[str]:
    if not is_cjk(run):
        return [run]
    return [*run, *(run[at : at + 2] for at in range(len(run) - 1))]


def _cjk_query_words(run: str) -> list[str]:
    if len(run) == 1 or not is_cjk(run):
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]
