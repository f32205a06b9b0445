import pytest

from auth.codes import Code
from auth.emails import BadEmail, clean_email, email_key
from auth.names import BadName, clean_display_name, clean_user_name, user_name_key


@pytest.mark.parametrize("name", ["ada", "Ada.L", "a-1_b", "x" * 30, "007"])
def test_user_names_that_are_allowed(name: str) -> None:
    assert clean_user_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    ["", "ab", "x" * 31, "a..b", ".ada", "ada.", "Ада", "ada lovelace", "a\0b", "ada@x", "adа"],
)
def test_user_names_that_are_not(name: str) -> None:
    with pytest.raises(BadName, match="3 to 30"):
        clean_user_name(name)


@pytest.mark.parametrize(
    "name", ["PaulLind", "paul_lind", "PauILind", "pau1.l1nd", "PAULLIND", "paul-iind"]
)
def test_names_that_look_alike_are_one(name: str) -> None:
    assert user_name_key(name) == user_name_key("paullind")


def test_wide_letters_are_the_plain_ones() -> None:
    assert clean_user_name("ａｄａ") == "ada"


@pytest.mark.parametrize(
    ("one", "other"), [("modern", "rnodem"), ("vvill", "will"), ("z0e", "zoe")]
)
def test_letters_that_look_like_one_letter(one: str, other: str) -> None:
    assert user_name_key(one) == user_name_key(other)


def test_names_that_differ() -> None:
    names = ["ada", "eda", "adam", "ad4", "paul", "saul"]
    assert len({user_name_key(name) for name in names}) == len(names)


def test_display_names_of_any_script() -> None:
    for name in ("周杰倫", "Ада", "شادية", "Zoë", "👩‍💻", "می‌خواهم", "AC/DC"):
        assert clean_display_name(name) == name


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" Ada@Example.COM ", "Ada@example.com"),
        ("ada+tonearm@bücher.example", "ada+tonearm@xn--bcher-kva.example"),
        ("δοκιμή@παράδειγμα.example", "δοκιμή@xn--hxajbheg2az3al.example"),
    ],
)
def test_addresses(text: str, email: str) -> None:
    assert clean_email(text) == email


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a b@example.com",
        "a@b@example.com",
        "ada@exa mple.com",
        "ada@example.com\nBcc: all@example.com",
        "ada@-.com",
        "ada@.com",
        "a,b@example.com",
        "<ada@example.com>",
        "a" * 65 + "@example.com",
        "ada@" + "a." * 130 + "com",
        "a\0@example.com",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadEmail):
        clean_email(text)


def test_addresses_that_are_the_same() -> None:
    assert email_key("Ada@example.com") == email_key("ada@EXAMPLE.com")
    assert email_key("mıke@example.com") != email_key("mike@example.com")


def test_a_code_is_read_as_somebody_copies_it() -> None:
    code = Code.new(2**62)
    text = str(code)
    assert Code.parse(f"  {text[:20].upper()} {text[20:]}\n") == code
    assert code.secret.hex() not in repr(code)


@pytest.mark.parametrize("text", ["", "x", "1" * 45, "a" * 44, "7" * 45, "é" * 45])
def test_what_is_no_code(text: str) -> None:
    assert Code.parse(text) is None
