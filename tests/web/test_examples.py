"""The examples that GraphiQL opens with."""

import json
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, get_variable_values, parse, validate

import web
from schema.schema import schema

EXAMPLES = sorted((Path(web.__file__).parent / "src" / "examples").glob("*.graphql"))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_begins_with_what_it_shows(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    assert first.startswith("# ")
    assert len(first) <= 100


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_valid_with_its_variables(path: Path) -> None:
    document = parse(path.read_text())
    assert validate(schema._schema, document) == []
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None, "the tab shows the name"
    given = path.with_suffix(".json")
    variables = json.loads(given.read_text()) if given.exists() else {}
    definitions = operation.variable_definitions or ()
    assert variables.keys() == {definition.variable.name.value for definition in definitions}
    values = get_variable_values(schema._schema, definitions, variables)
    assert not isinstance(values, list), values
