"""The audits of the npm package graphql-http: what GraphQL over HTTP demands and advises."""

import json

import httpx

from tests.protocol import node


async def test_all_audits_pass(api: httpx.AsyncClient) -> None:
    results = json.loads(await node.run("audit.mjs", f"{api.base_url}/graphql"))
    failed = [result for result in results if result["status"] != "ok"]
    assert failed == []
    assert len(results) > 50
