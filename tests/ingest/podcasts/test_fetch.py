import asyncio
import gzip
import zlib
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_address

import pytest
from aiohttp import web

from ingest.podcasts.addresses import Address
from ingest.podcasts.fetch import (
    Fetcher,
    FetchError,
    Limits,
    Validators,
    check_url,
    open_fetcher,
)
from tests.ingest.podcasts.conftest import LOOPBACK, Host

SMALL = Limits(bytes=100_000, seconds=5)

LOOPBACK_SPELT = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0x7f000001/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://0/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://LOCALHOST./",
    "http://１２７.0.0.1/",
]


@pytest.mark.parametrize("url", LOOPBACK_SPELT)
async def test_no_spelling_of_an_inner_address_is_fetched(
    careful: AbstractAsyncContextManager[Fetcher], url: str
) -> None:
    async with careful as fetcher:
        with pytest.raises(FetchError, match=r"refused|no host|not a URL|not known"):
            await fetcher.get(url, SMALL)


async def test_the_default_policy_refuses_a_server_that_is_there(
    careful: AbstractAsyncContextManager[Fetcher], host: Host
) -> None:
    url = host.serve("/feed", b"secret")
    async with careful as fetcher:
        with pytest.raises(FetchError, match=r"it is refused: 127\.0\.0\.1"):
            await fetcher.get(url, SMALL)
        named = url.replace("127.0.0.1", "localhost")
        with pytest.raises(FetchError, match="it is refused"):
            await fetcher.get(named, SMALL)
    assert host.asked == []


async def test_what_a_redirect_leads_to_is_refused_as_well(fetcher: Fetcher, host: Host) -> None:
    url = host.serve("/feed", b"", 302, Location="http://169.254.169.254/latest/meta-data/")
    with pytest.raises(FetchError, match=r"it is refused: 169\.254\.169\.254"):
        await fetcher.get(url, SMALL)


async def test_a_redirect_to_another_scheme_is_refused(fetcher: Fetcher, host: Host) -> None:
    url = host.serve("/feed", b"", 302, Location="file:///etc/passwd")
    with pytest.raises(FetchError, match="only http"):
        await fetcher.get(url, SMALL)


async def test_a_name_that_leads_elsewhere_by_then_is_refused_when_the_socket_is_made(
    host: Host,
) -> None:
    seen: list[Address] = []

    def only_once(address: Address) -> bool:
        """As for a name that first leads to an address that is allowed."""
        seen.append(address)
        return len(seen) == 1

    url = host.serve("/feed", b"x", Connection="close")
    async with open_fetcher(policy=only_once, gap_seconds=0) as fetcher:
        assert (await fetcher.get(url, SMALL)).body == b"x"
        with pytest.raises(FetchError, match="refused"):
            await fetcher.get(url, SMALL)
    assert seen == [ip_address("127.0.0.1")] * 2


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "http://",
        "http:///path",
        "http://user:secret@example.com/",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: inner",
        "http://example.com:99999/",
        "http://[::1/",
        "http://example.com/" + "x" * 3000,
        "javascript:alert(1)",
    ],
)
def test_what_is_no_url_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(FetchError):
        check_url(url)


def test_urls_have_one_form() -> None:
    assert check_url(" HTTPS://Example.COM:443/A?b=1#c ") == "https://example.com/A?b=1"
    assert check_url("http://example.com") == "http://example.com/"
    assert check_url("http://bücher.example/") == "http://xn--bcher-kva.example/"
    assert check_url("http://[2606:4700::1111]:8080/") == "http://[2606:4700::1111]:8080/"


async def test_permanent_redirects_tell_the_new_address(fetcher: Fetcher, host: Host) -> None:
    host.serve("/c", b"here")
    host.serve("/b", b"", 301, Location="/c")
    url = host.serve("/a", b"", 308, Location="b")
    fetched = await fetcher.get(url, SMALL)
    assert (fetched.body, fetched.url, fetched.moved_to) == (
        b"here",
        host.url + "/c",
        host.url + "/c",
    )


async def test_after_a_temporary_redirect_the_address_stays(fetcher: Fetcher, host: Host) -> None:
    host.serve("/d", b"here")
    host.serve("/c", b"", 301, Location="/d")
    host.serve("/b", b"", 302, Location="/c")
    url = host.serve("/a", b"", 301, Location="/b")
    fetched = await fetcher.get(url, SMALL)
    assert (fetched.url, fetched.moved_to) == (host.url + "/d", host.url + "/b")


async def test_endless_redirects_end(fetcher: Fetcher, host: Host) -> None:
    url = host.serve("/a", b"", 302, Location="/a")
    with pytest.raises(FetchError, match="redirected more than 5 times"):
        await fetcher.get(url, SMALL)
    assert len(host.asked) == 6


async def test_what_has_not_changed_is_not_sent_again(fetcher: Fetcher, host: Host) -> None:
    async def answer(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"one"'
        known = known and request.headers.get("If-Modified-Since") == "yesterday"
        headers = {"ETag": '"one"', "Last-Modified": "yesterday"}
        return web.Response(status=304 if known else 200, body=b"x", headers=headers)

    url = host.handle("/feed", answer)
    first = await fetcher.get(url, SMALL)
    assert (first.body, first.validators) == (b"x", Validators('"one"', "yesterday"))
    assert (await fetcher.get(url, SMALL, validators=first.validators)).body is None


async def test_compressed_answers_are_unpacked(fetcher: Fetcher, host: Host) -> None:
    url = host.serve("/feed", gzip.compress(b"x" * 90_000), Content_Encoding="gzip")
    assert (await fetcher.get(url, SMALL)).body == b"x" * 90_000
    url = host.serve("/feed", zlib.compress(b"y"), Content_Encoding="deflate")
    assert (await fetcher.get(url, SMALL)).body == b"y"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_bomb_is_stopped_at_the_limit(fetcher: Fetcher, host: Host, coding: str) -> None:
    packed = gzip.compress(bytes(50 << 20)) if coding == "gzip" else zlib.compress(bytes(50 << 20))
    url = host.serve("/feed", packed, Content_Encoding=coding)
    with pytest.raises(FetchError, match="larger than 100,000 bytes"):
        await fetcher.get(url, SMALL)


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (b"not compressed", "gzip", "its compression is broken"),
        (gzip.compress(b"x" * 1000)[:-12], "gzip", "it is cut off"),
        (b"x", "br", "compressed by 'br'"),
        (b"x", "gzip, gzip", "compressed by 'gzip, gzip'"),
    ],
    ids=["none", "cut off", "another", "twice"],
)
async def test_broken_compression(
    fetcher: Fetcher, host: Host, body: bytes, coding: str, reason: str
) -> None:
    url = host.serve("/feed", body, Content_Encoding=coding)
    with pytest.raises(FetchError, match=reason):
        await fetcher.get(url, SMALL)


async def test_too_much_is_stopped_whether_or_not_it_is_announced(
    fetcher: Fetcher, host: Host
) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        while True:
            await response.write(bytes(10_000))
            sent += 10_000

    url = host.handle("/endless", endless)
    with pytest.raises(FetchError, match="larger than 100,000 bytes"):
        await fetcher.get(url, SMALL)
    url = host.serve("/large", bytes(200_000))
    with pytest.raises(FetchError, match="larger than 100,000 bytes"):
        await fetcher.get(url, SMALL)


async def test_a_host_that_says_nothing_is_given_up(fetcher: Fetcher, host: Host) -> None:
    async def silent(_request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    url = host.handle("/silent", silent)
    with pytest.raises(FetchError, match=r"it took more than 0\.2 seconds"):
        await fetcher.get(url, Limits(bytes=1000, seconds=0.2))


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 500, 503])
async def test_other_answers_are_told(fetcher: Fetcher, host: Host, status: int) -> None:
    url = host.serve("/feed", b"no", status)
    with pytest.raises(FetchError, match=f"its host answers {status}"):
        await fetcher.get(url, SMALL)


async def test_what_is_gone_and_who_wants_to_be_left_alone(fetcher: Fetcher, host: Host) -> None:
    with pytest.raises(FetchError, match="gone for good") as gone:
        await fetcher.get(host.serve("/gone", b"", 410), SMALL)
    assert gone.value.gone
    with pytest.raises(FetchError) as busy:
        await fetcher.get(host.serve("/busy", b"", 429, Retry_After="7200"), SMALL)
    assert busy.value.retry_after == 7200
    with pytest.raises(FetchError) as odd:
        await fetcher.get(host.serve("/odd", b"", 503, Retry_After="soon"), SMALL)
    assert odd.value.retry_after is None


async def test_an_unknown_or_closed_host_is_one_sentence(fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match=r"its host is not known|cannot be reached"):
        await fetcher.get("http://no-such-host.invalid/", SMALL)
    with pytest.raises(FetchError, match="its host cannot be reached"):
        await fetcher.get("http://127.0.0.1:1/", SMALL)


async def test_what_does_not_speak_tls(fetcher: Fetcher, host: Host) -> None:
    url = host.serve("/feed", b"x").replace("http:", "https:")
    with pytest.raises(FetchError, match="does not speak TLS"):
        await fetcher.get(url, SMALL)


async def test_what_does_not_speak_http(fetcher: Fetcher) -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example.com\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchError, match="what is not HTTP"):
            await fetcher.get(f"http://127.0.0.1:{port}/", SMALL)


async def test_a_host_is_asked_one_thing_at_a_time(host: Host) -> None:
    running = most = 0

    async def count(_request: web.Request) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return web.Response(body=b"x")

    url = host.handle("/feed", count)
    async with open_fetcher(policy=LOOPBACK, gap_seconds=0) as fetcher:
        await asyncio.gather(*(fetcher.get(url, SMALL) for _ in range(10)))
    assert most == 1
    assert len(host.asked) == 10


async def test_nothing_of_ours_is_told(fetcher: Fetcher, host: Host) -> None:
    url = host.serve("/feed", b"x", Set_Cookie="a=b")
    await fetcher.get(url, SMALL)
    await fetcher.get(url, SMALL)
    sent = {name.lower() for name in host.asked[-1].headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding"}
