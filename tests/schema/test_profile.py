import pytest

from tests.schema.conftest import Asked, People

UPDATE = """
mutation ($name: String!) {
  updateProfile(input: {displayName: $name}) {
    __typename
    ... on UpdateProfilePayload { user { userName displayName } }
    ... on Error { code message }
    ... on Invalid { field }
  }
}
"""


async def test_one_changes_ones_own_display_name(ask: Asked, people: People) -> None:
    ada, bob = await people.make("ada"), await people.make("bob")
    changed = await ask.by(ada)(UPDATE, name="  Ада  👩‍💻 ")
    assert changed["updateProfile"] == {
        "__typename": "UpdateProfilePayload",
        "user": {"userName": "ada", "displayName": "Ада 👩‍💻"},
    }
    others = await ask.by(bob)("{ viewer { user { displayName } } }")
    assert others["viewer"]["user"]["displayName"] == "Bob"


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\0b", "a\u202eb", "\u200b"])
async def test_a_name_that_is_not_allowed_is_told_by_field(
    ask: Asked, people: People, name: str
) -> None:
    answer = (await ask.by(await people.make("ada"))(UPDATE, name=name))["updateProfile"]
    assert (answer["__typename"], answer["code"], answer["field"]) == (
        "Invalid",
        "INVALID",
        "displayName",
    )
    assert answer["message"]
