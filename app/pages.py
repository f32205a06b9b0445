"""The pages that people open: the player, GraphiQL and their assets, built from `web/`."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

import web
from app.protocol import RequestError, error_response

DIST: Final = Path(web.__file__).parent / "dist"
PLAYER: Final = "player.html"
GRAPHIQL: Final = "graphiql.html"
REFERENCE: Final = "reference.html"
UPLOAD: Final = "upload.html"
ICON: Final = "favicon.svg"
WORKER: Final = "sw.js"

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
"""Our own table: the one of Python's `mimetypes` differs from machine to machine."""

HASHED: Final = "public, max-age=31536000, immutable"
REVALIDATED: Final = "no-cache"

PLAYER_PATHS: Final = (
    "/",
    "/artists/{id}",
    "/albums/{id}",
    "/genres",
    "/genres/{slug}",
    "/shows/{id}",
    "/playlists/{id}",
    "/library",
    "/library/{part}",
    "/sign-in",
    "/sign-up",
    "/forgot",
    "/reset",
    "/offline",
    "/account",
)
"""The addresses that the player's own links have; it reads them itself (web/src/player/ui)."""


class PagesNotBuiltError(Exception):
    """There is no web/dist: run `make web`, or set TONEARM_PLAYER and TONEARM_GRAPHIQL to false."""

    def __str__(self) -> str:
        return self.__doc__ or ""


def page_routes(
    *, media_origin: str | None, player: bool = True, graphiql: bool = True, directory: Path = DIST
) -> list[BaseRoute]:
    """The player at `/` and its paths, GraphiQL at `/graphiql`, the schema's reference at
    `/reference`, their icon and `/assets`.

    Curators upload at `/upload`; `/sw.js` lets the player open without a network. Without the
    player, neither is there and `/` leads to GraphiQL.
    Covers and audio come from `media_origin` (scheme, host, port). Raises `PagesNotBuiltError`
    when `directory` does not hold the built pages.
    """
    if not player and not graphiql:
        return []
    for name, wanted in ((PLAYER, player), (GRAPHIQL, graphiql)):
        if wanted and not (directory / name).is_file():
            raise PagesNotBuiltError
    files = _Files(directory, security_headers(graphiql_policy(media_origin)))
    routes: list[BaseRoute] = [
        Route("/favicon.svg", _Named(files, ICON)),
        Route("/favicon.ico", _Named(files, ICON)),
        Route("/assets/{name:path}", files),
        Route("/reference", _Named(files, REFERENCE, security_headers(player_policy(None)))),
    ]
    if graphiql:
        routes.append(Route("/graphiql", _Named(files, GRAPHIQL)))
    if player:
        page = _Named(files, PLAYER, security_headers(player_policy(media_origin)))
        routes.extend(Route(path, page) for path in PLAYER_PATHS)
        upload = _Named(files, UPLOAD, security_headers(player_policy(media_origin)))
        routes.append(Route("/upload", upload))
        worker = _Named(files, WORKER, security_headers(player_policy(None)))
        routes.append(Route("/sw.js", worker))
    else:
        routes.append(Route("/", _root))
    return routes


async def _root(_request: Request) -> Response:
    return RedirectResponse("/graphiql", headers=security_headers(graphiql_policy(None)))


def security_headers(policy: str) -> dict[str, str]:
    """What every answer carries, errors too. A worker obeys the policy of its own file."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def player_policy(media_origin: str | None) -> str:
    """What the player may load. It reads audio by `fetch` and plays it from a `blob:`; a podcast's
    that is linked to plays from wherever its publisher has it."""
    return _policy(
        images=_sources("'self'", media_origin),
        media=_sources("blob: https:", media_origin),
        connections=_sources("'self'", media_origin),
        styles="'self'",
    )


def graphiql_policy(media_origin: str | None) -> str:
    """What GraphiQL may load; covers come from `media_origin` and nowhere else. Audio may also be
    a podcast's, which is linked to wherever its publisher has it."""
    return _policy(
        images=_sources("'self' data:", media_origin),
        media=_sources("https:", media_origin),
        connections="'self'",
        styles="'self' 'unsafe-inline'",  # the editor needs it: docs/decisions/0003
    )


def _sources(own: str, media_origin: str | None) -> str:
    return f"{own} {media_origin}" if media_origin else own


def _policy(*, images: str, media: str, connections: str, styles: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            f"connect-src {connections}",
            f"img-src {images}",
            f"media-src {media}",
            "font-src 'self'",
            f"style-src {styles}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'none'",
        ]
    )


@dataclass(frozen=True, slots=True)
class _File:
    """A built file, ready to send."""

    body: bytes
    compressed: bytes | None
    """The body in gzip, where that is smaller."""
    etag: str


class _Files:
    """Serves the files that a directory holds now, and no other path.

    Each is read and compressed once, when it is first asked for, and kept: what stays in memory
    is bounded by what was built (docs/decisions/0003 has the figures).
    """

    def __init__(self, directory: Path, headers: dict[str, str]) -> None:
        self._headers = headers
        self._paths = {
            path.relative_to(directory).as_posix(): path
            for path in directory.rglob("*")
            if path.suffix in MEDIA_TYPES
        }
        self._loaded: dict[str, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        response = await self.respond(request, f"assets/{request.path_params['name']}")
        await response(scope, receive, send)

    async def respond(
        self, request: Request, name: str, security: dict[str, str] | None = None
    ) -> Response:
        """Answers GET and HEAD with the file `name`: 200, or 304 to whom has it already.

        `security` takes the place of the headers that all files have.
        """
        security = security or self._headers
        if request.method not in ("GET", "HEAD"):
            headers = security | {"Allow": "GET, HEAD"}
            error = RequestError("METHOD_NOT_ALLOWED", "This is read by GET.")
            return error_response(error, headers)
        if name not in self._paths:
            return error_response(RequestError("NOT_FOUND", "There is no such file."), security)
        if name not in self._loaded:
            self._loaded[name] = await run_in_threadpool(_load, self._paths[name])
        file = self._loaded[name]
        headers = security | {
            "Cache-Control": HASHED if name.startswith("assets/") else REVALIDATED,
            "ETag": file.etag,
            "Vary": "Accept-Encoding",
        }
        if _has(request.headers, file.etag):
            return Response(status_code=304, headers=headers)
        body = file.body
        if file.compressed is not None and _accepts_gzip(request.headers):
            body = file.compressed
            headers["Content-Encoding"] = "gzip"
        return Response(body, 200, headers, MEDIA_TYPES[self._paths[name].suffix])


class _Named:
    """One of the files, whatever the path."""

    def __init__(self, files: _Files, name: str, security: dict[str, str] | None = None) -> None:
        self._files = files
        self._name = name
        self._security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._files.respond(Request(scope), self._name, self._security)
        await response(scope, receive, send)


def _load(path: Path) -> _File:
    body = path.read_bytes()
    compressed = gzip.compress(body, mtime=0)
    # Weak, since one tag stands for the plain and the compressed bytes.
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    return _File(body, compressed if len(compressed) < len(body) else None, etag)


def _has(headers: Headers, etag: str) -> bool:
    wanted = [tag.strip() for tag in headers.get("if-none-match", "").split(",")]
    return etag in wanted or wanted == ["*"]


def _accepts_gzip(headers: Headers) -> bool:
    """Whether Accept-Encoding (RFC 9110, 12.5.3) lists gzip and does not refuse it by `q=0`."""
    for part in headers.get("accept-encoding", "").split(","):
        coding, _, weight = part.replace(" ", "").lower().partition(";q=")
        if coding in ("gzip", "*"):
            return weight.strip("0.") != "" or weight == ""
    return False
