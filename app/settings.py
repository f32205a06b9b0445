"""Settings, read once at the edge from the environment or from a `.env` file."""

import os
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, IPvAnyNetwork, PostgresDsn, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as PydanticSettingsError

from app.persisted import Mode

PREFIX: Final = "TONEARM_"
DEMO_DIRECTORY: Final = Path(".tonearm")
DEMO_ENV_FILE: Final = "demo.env"


class SettingsError(Exception):
    """A setting is missing or wrong."""


class Settings(BaseSettings):
    """Every setting. `.env.example` has them all, with the descriptions that stand here."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore"
    )

    database_url: PostgresDsn = Field(
        repr=False,  # may have a password
        description="PostgreSQL 15 or newer, as postgresql://user:password@host:port/database.",
    )
    database_pool_size: int = Field(
        10, ge=1, le=1000, description="Connections that each worker process may hold."
    )
    database_statement_timeout: float = Field(
        5.0, gt=0, description="Seconds after which PostgreSQL gives up a statement."
    )
    s3_bucket: str = Field(description="The bucket that holds audio and covers.")
    s3_region: str = Field("us-east-1", description="Region of the bucket.")
    s3_endpoint_url: str | None = Field(
        None, description="Where this server reaches S3. Empty: AWS, by the region."
    )
    s3_public_endpoint_url: str | None = Field(
        None,
        description=(
            "Where players reach S3, when that is another address; URLs are signed for it. "
            "Empty: the same as TONEARM_S3_ENDPOINT_URL."
        ),
    )
    s3_addressing_style: Literal["path", "virtual"] = Field(
        "virtual", description="`virtual` for bucket.host (AWS), `path` for host/bucket."
    )
    s3_access_key_id: str | None = Field(
        None, description="Access key. Empty: the credentials of the AWS chain, a role for example."
    )
    s3_secret_access_key: SecretStr | None = Field(
        None, description="The secret of the access key."
    )
    stream_ttl_seconds: int = Field(
        3600, ge=60, le=518_400, description="Seconds for which a stream's URL opens it, at least."
    )
    stream_window_seconds: int = Field(
        900,
        ge=1,
        le=86_400,
        description="Seconds for which everyone gets the same URL, so that caches can hit.",
    )
    anonymous_streaming: bool = Field(
        False, description="Whether someone who is not signed in gets stream URLs."
    )
    token_keys: SecretStr | None = Field(
        None,
        description=(
            "Keys that sign access tokens, as id:secret, separated by commas: the first signs, all "
            "of them verify. `tonearm key` makes one. Empty: nobody can sign in with a password."
        ),
    )
    token_keys_file: Path | None = Field(
        None,
        description=(
            "A file of such keys, one a line, used instead: it is read again when it changes."
        ),
    )
    access_token_seconds: int = Field(
        900,
        ge=60,
        le=86_400,
        description=(
            "Seconds for which an access token is good. Whoever is disabled or signed out has lost "
            "all access after this time at the latest."
        ),
    )
    oidc_issuer: str | None = Field(
        None,
        description=(
            "An OpenID Connect provider whose access tokens are good here too, as it writes itself "
            "in `iss`: https://login.example.com. People are made when they are first seen."
        ),
    )
    oidc_audience: str | None = Field(
        None, description="What its tokens must name in `aud`; required with an issuer."
    )
    session_days: int = Field(
        90, ge=1, le=3650, description="Days without a refresh after which a session has ended."
    )
    mail_url: SecretStr | None = Field(
        None,
        description=(
            "How mail is sent: smtp://user:password@host:587 (with STARTTLS), smtps://…, "
            "smtp+plain://… for a server on this machine, or file:///folder to write it into "
            "files. Empty: none is sent."
        ),
    )
    mail_from: str = Field("Tonearm <tonearm@localhost>", description="Whom mail is from.")
    player_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description=(
            "Where people open the player, for links in mails: https://music.example.com. "
            "Empty: mails hold codes alone."
        ),
    )
    rollup_seconds: float = Field(
        60.0,
        ge=0,
        le=86_400,
        description=(
            "Seconds after which each worker process turns plays into popularity. 0: none does, "
            "and `tonearm rollup` is to be run now and then."
        ),
    )
    cleanup_seconds: float = Field(
        600.0,
        ge=0,
        le=86_400,
        description=(
            "Seconds after which each worker process deletes uploads that nobody completed, and "
            "finishes what merges and deletions have left. 0: none does, and `tonearm cleanup` is "
            "to be run now and then."
        ),
    )
    jobs_seconds: float = Field(
        60.0,
        ge=0,
        le=86_400,
        description=(
            "Seconds after which each worker process does what is due in the background: deletions "
            "of accounts, exports, similar songs. 0: none does, and `tonearm jobs` is to be run "
            "now and then."
        ),
    )
    podcasts_seconds: float = Field(
        60.0,
        ge=0,
        le=86_400,
        description=(
            "Seconds after which each worker process refreshes podcasts that are due. 0: none "
            "does, and `tonearm podcast refresh` is to be run now and then."
        ),
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=256, description="Worker processes.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Origins of web apps that may call the API and play, separated by commas; `*` stands "
            "for a port or a part of a name, as in http://localhost:*."
        ),
    )
    hsts_seconds: int = Field(
        0,
        ge=0,
        description=(
            "Seconds for which browsers that came by HTTPS use nothing else "
            "(Strict-Transport-Security). 0: it is not said, or the proxy says it."
        ),
    )
    request_seconds: float = Field(
        8.0, gt=0, description="Seconds after which a request is ended and answered 504."
    )
    body_seconds: float = Field(
        10.0, gt=0, description="Seconds that a client may take to send a request's body."
    )
    head_seconds: float = Field(
        10.0, gt=0, description="Seconds that a client may take to send a request's headers."
    )
    keep_alive_seconds: int = Field(
        75,
        ge=1,
        description="Seconds for which a connection without a request stays open.",
    )
    max_connections: int = Field(
        4_000, ge=10, description="Connections of clients that each worker process may hold."
    )
    max_concurrent_requests: int = Field(
        256,
        ge=0,
        description=(
            "Requests that each worker process works on at once, at most; when work has to wait "
            "it takes on fewer. What is beyond is answered 503 at once. 0: there is no limit."
        ),
    )
    max_body_bytes: int = Field(
        100_000, ge=1_000, description="Largest body of a GraphQL request, in bytes."
    )
    query_max_tokens: int = Field(
        2_000, ge=100, description="Most tokens (names, braces, values) of a GraphQL document."
    )
    query_max_depth: int = Field(20, ge=1, description="Deepest nesting of an operation's fields.")
    query_max_fields: int = Field(
        1_000, ge=1, description="Most fields of an operation, fragments spread out."
    )
    query_max_root_fields: int = Field(
        20, ge=1, description="Most fields of an operation's first level."
    )
    query_max_aliases: int = Field(50, ge=0, description="Most aliases of an operation.")
    query_max_directives: int = Field(50, ge=0, description="Most directives of an operation.")
    query_max_operations: int = Field(20, ge=1, description="Most operations of a document.")
    query_max_cost: int = Field(
        20_000, ge=1, description="Most objects that an operation may read, by its page sizes."
    )
    max_subscriptions: int = Field(
        10_000, ge=1, description="Most subscriptions that a worker process serves at once."
    )
    max_subscriptions_per_person: int = Field(
        20, ge=1, description="Most subscriptions of one person in a worker process."
    )
    max_websockets: int = Field(
        10_000, ge=1, description="Most websockets that a worker process holds open."
    )
    subscription_poll_seconds: float = Field(
        30.0,
        gt=0,
        description=(
            "Seconds after which a change is found by reading at the latest, should PostgreSQL's "
            "notification of it be lost."
        ),
    )
    slow_reader_seconds: float = Field(
        30.0,
        gt=0,
        description=(
            "Seconds after which a subscriber that does not read what it is sent is cut off."
        ),
    )
    idle_websocket_seconds: float = Field(
        300.0,
        gt=0,
        description="Seconds after which a websocket on which nothing runs is closed.",
    )
    max_list_items: int = Field(
        1_000, ge=1, description="Most items of any list that a client sends."
    )
    max_string_length: int = Field(
        20_000, ge=100, description="Most characters of any string that a client sends."
    )
    trusted_documents: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description=(
            "Manifests of documents that clients may ask for by their id, separated by commas: "
            "as GraphQL Code Generator, Relay or Apollo write them. The player's own is one of "
            "them while it is served."
        ),
    )
    trusted_documents_mode: Mode = Field(
        Mode.ALLOW,
        description=(
            "`required`: no other documents are executed. `allow`: all are, and clients may "
            "register others by their hash. `off`: all are, and none has an id."
        ),
    )
    cache_seconds: int = Field(
        60,
        ge=0,
        le=86_400,
        description=(
            "Seconds for which browsers and CDNs may keep the answer to a GET of somebody who is "
            "not signed in; less where a URL in it is to be asked for again before. 0: never."
        ),
    )
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        (),
        description=(
            "Networks of the proxies before this server, separated by commas (10.0.0.0/8): what "
            "they say in X-Forwarded-For is believed. Without them all who come through a proxy "
            "count as one address."
        ),
    )
    rate_limit_person: int = Field(
        200_000,
        ge=0,
        description=(
            "Points a minute for a person who is signed in, on all devices together; 0: no limit. "
            "An object that may be read is a point."
        ),
    )
    rate_limit_token: int = Field(
        100_000, ge=0, description="Points a minute for one device of a person; 0: no limit."
    )
    rate_limit_address: int = Field(
        100_000,
        ge=0,
        description=(
            "Points a minute for all who are not signed in at one address, IPv6 by /64; 0: no "
            "limit."
        ),
    )
    sign_in_limit_address: int = Field(
        100,
        ge=0,
        description="Passwords and mailed codes an hour that one address may try; 0: no limit.",
    )
    sign_in_limit_account: int = Field(
        20, ge=0, description="Passwords an hour that may be tried for one account; 0: no limit."
    )
    sign_up_limit_address: int = Field(
        20, ge=0, description="Accounts an hour that one address may make; 0: no limit."
    )
    mail_limit_address: int = Field(
        20, ge=0, description="Mails an hour that one address may have sent; 0: no limit."
    )
    mail_limit_recipient: int = Field(
        6, ge=0, description="Mails an hour that one person may be sent; 0: no limit."
    )
    development: bool = Field(
        False,
        description=(
            "Whether whoever sends the header X-Tonearm-Trace is told the plan, statements and "
            "timings of a query."
        ),
    )
    podcast_networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        (),
        description=(
            "Networks of your own that podcasts may be fetched from, separated by commas "
            "(10.1.0.0/16). Without them it is the public internet only."
        ),
    )
    player: bool = Field(True, description="Whether to serve the player at /.")
    graphiql: bool = Field(True, description="Whether to serve GraphiQL at /graphiql.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much to log."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="`json`: each line of the log is one JSON object."
    )
    access_log: bool = Field(
        False,
        description=("Whether every request is logged; else those that fail or are slow."),
    )
    slow_request_seconds: float = Field(
        1.0, gt=0, description="Seconds from which on a request is logged as slow."
    )
    metrics_port: int = Field(
        0,
        ge=0,
        le=65_535,
        description=(
            "Port of the metrics for Prometheus, at /metrics; each further worker process takes "
            "the next one. 0: there are none."
        ),
    )
    metrics_host: str = Field(
        "127.0.0.1",
        description="Address of the metrics. Who reaches it reads them: keep the public away.",
    )
    metrics_operations: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Names of operations that are counted by themselves, separated by commas; all others "
            "are `other`. Empty: the first 200 names that were answered without an error."
        ),
    )

    traces_url: str | None = Field(
        None,
        description=(
            "Where traces are sent, an OTLP collector by HTTP: http://localhost:4318/v1/traces. It "
            "takes the extra `otel`. Empty: there are none."
        ),
    )
    traces_share: float = Field(
        1.0,
        ge=0,
        le=1,
        description=(
            "Share of the requests that are traced, from 0 to 1. What comes with a `traceparent` "
            "is traced if that says so."
        ),
    )

    @field_validator(
        "cors_origins",
        "metrics_operations",
        "podcast_networks",
        "trusted_documents",
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())

    @field_validator(
        "s3_endpoint_url",
        "s3_public_endpoint_url",
        "s3_access_key_id",
        "token_keys",
        "token_keys_file",
        "mail_url",
        "player_url",
        "oidc_issuer",
        "oidc_audience",
        "traces_url",
        mode="before",
    )
    @classmethod
    def _none_when_empty(cls, value: object) -> object:
        return value or None


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """The settings; raises `SettingsError` that names each wrong one and what it should be."""
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = [
            f"{PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg'].lower()}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError(
            "; ".join(wrong) + ". Set it in the environment or in .env (see .env.example)"
        ) from None
    except PydanticSettingsError as error:
        raise SettingsError(str(error)) from None


def find_settings() -> Settings:
    """The settings of the environment and of `.env`; where there are none, those of the demo."""
    demo = DEMO_DIRECTORY / DEMO_ENV_FILE
    configured = Path(".env").exists() or any(name.startswith(PREFIX) for name in os.environ)
    return read_settings(demo if demo.exists() and not configured else Path(".env"))
