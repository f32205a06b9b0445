"""An OpenID Connect provider on this machine, with real keys."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "https://music.example"


class IdentityProvider:
    """Signs tokens and serves its keys.

    Attributes:
        issuer: Its URL.
        fetches: How often its keys have been fetched.
        down: Whether it fails to answer.
    """

    issuer: str

    def __init__(self) -> None:
        self.fetches = 0
        self.down = False
        self._keys: dict[str, tuple[str, Any]] = {}

    def add_key(self, key_id: str, algorithm: str = "RS256") -> None:
        key: Any = (
            rsa.generate_private_key(public_exponent=65_537, key_size=2048)
            if algorithm == "RS256"
            else ec.generate_private_key(ec.SECP256R1())
        )
        self._keys[key_id] = algorithm, key

    def remove_key(self, key_id: str) -> None:
        del self._keys[key_id]

    def public_key(self, key_id: str) -> Any:
        return self._keys[key_id][1].public_key()

    def token(self, key_id: str, **claims: Any) -> str:
        """A token for `ada`; claims that are None are left out."""
        algorithm, key = self._keys[key_id]
        said = {"iss": self.issuer, "aud": AUDIENCE, "sub": "ada", "exp": 2000} | claims
        given = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(given, key, algorithm, headers={"kid": key_id})

    def _configuration(self) -> dict[str, Any]:
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}

    def _key_set(self) -> dict[str, Any]:
        self.fetches += 1
        keys = []
        for key_id, (algorithm, key) in self._keys.items():
            write = RSAAlgorithm.to_jwk if algorithm == "RS256" else ECAlgorithm.to_jwk
            public = json.loads(write(key.public_key()))
            keys.append(public | {"kid": key_id, "alg": algorithm, "use": "sig"})
        return {"keys": keys}

    async def answer(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503)
        if request.path.endswith("/.well-known/openid-configuration"):
            return web.json_response(self._configuration())
        return web.json_response(self._key_set())


@asynccontextmanager
async def start_identity_provider() -> AsyncGenerator[IdentityProvider, None]:
    provider = IdentityProvider()
    application = web.Application()
    application.router.add_get("/{path:.*}", provider.answer)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()
    provider.issuer = str(server.make_url("")).rstrip("/")
    try:
        yield provider
    finally:
        await server.close()
