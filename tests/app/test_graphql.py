"""The endpoint, over HTTP."""

import httpx
import pytest

QUERY = '{ genre(slug: "none") { name } }'


async def test_a_query_is_answered(api: httpx.AsyncClient) -> None:
    answer = await api.post("/graphql", json={"query": QUERY})
    assert answer.status_code == 200
    assert answer.json() == {"data": {"genre": None}}


async def test_variables_and_operation_names(api: httpx.AsyncClient) -> None:
    answer = await api.post(
        "/graphql",
        json={
            "query": (
                "query A { __typename } query B($slug: String!) { genre(slug: $slug) { name } }"
            ),
            "operationName": "B",
            "variables": {"slug": "none"},
        },
    )
    assert answer.json() == {"data": {"genre": None}}


async def test_a_query_by_get(api: httpx.AsyncClient) -> None:
    answer = await api.get("/graphql", params={"query": QUERY})
    assert answer.json() == {"data": {"genre": None}}


async def test_what_is_not_json_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.post("/graphql", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://app.example", True),
        ("http://localhost:5173", True),
        ("http://localhost.evil.example", False),
        ("https://evil.example", False),
        ("https://app.example.evil.example", False),
    ],
)
async def test_only_known_web_apps_may_call(
    api: httpx.AsyncClient, origin: str, allowed: bool
) -> None:
    answer = await api.options(
        "/graphql",
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )
    expected = origin if allowed else None
    assert answer.headers.get("access-control-allow-origin") == expected
