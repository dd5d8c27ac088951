"""Names that lead into somebody's own network: they are not asked, whatever the site's owner has them say."""

from __future__ import annotations

import json
import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from crawlers.lookalike import Lookalike
from crawlers.networks import is_private
from crawlers.plan import Plan, PlanError
from crawlers.resolving import proxy_hosts
from crawlers.settings import settings
from tests.crawl.conftest import Crawled, Crawling

Start = Callable[..., Crawling]

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "",
    "www.dawn.com",
    "127.1",
    "0x7f000001",
    "2130706433",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "104.26.6.1",
    "172.15.255.255",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_the_publics_is_private(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_the_publics_is_not(address: str) -> None:
    assert not is_private(address)


def test_the_hosts_of_proxies_are_found_however_they_are_written() -> None:
    proxies = {
        "http": "http://user:p@ss@Proxy.example:3128",
        "https": "10.0.0.9:3128",
        "all": "socks5://[fd00::1]:1080",
        "no": "localhost,127.0.0.1",
        "ftp": "http://[broken",
    }
    assert proxy_hosts(proxies) >= {"proxy.example", "10.0.0.9", "fd00::1"}


def plan(tmp_path: Path, site: str) -> Plan:
    return Plan("a-run", "latest", site, 2.0, tmp_path / "a.warc.gz", tmp_path / "a.jsonl")


def test_only_a_loopback_site_resolves_to_this_machine(tmp_path: Path) -> None:
    named = "TWISTED_DNS_RESOLVER"
    assert settings(plan(tmp_path, "https://www.dawn.com"), "x")[named] == "crawlers.resolving.PublicOnly"
    assert named not in settings(plan(tmp_path, "http://127.0.0.1:8000"), "x")
    assert named not in settings(plan(tmp_path, "http://localhost:8000"), "x")


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00::1]", "0.0.0.0", "[::]"]
)
def test_a_private_address_is_no_site(tmp_path: Path, host: str) -> None:
    with pytest.raises(PlanError, match="must be a public address, or this machine's loopback"):
        plan(tmp_path, f"http://{host}")


# A name server that says whatever is asked for is on this machine, or in this house: put in its place where
# Twisted asks the system.
LEADING = """
import socket, sys
answer = {answer!r}
asked = socket.gethostbyname
socket.gethostbyname = lambda name: answer if name.endswith("dawn.example") else asked(name)
from crawlers import crawl
sys.exit(crawl.main(sys.argv[1:]))
"""
# The same for what is tried again: else each waits for 20 seconds between its tries.
ONCE = LEADING.replace("sys.exit", "from crawlers import politeness\npoliteness.TRIES = 1\nsys.exit")
NO_PROXY = dict.fromkeys(
    ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), ""
)


@pytest.mark.parametrize("answer", ["127.0.0.1", "169.254.169.254"])
def test_a_name_that_leads_into_this_house_is_not_asked(site: Lookalike, start: Start, answer: str) -> None:
    with site.serve(port=0) as address:
        name = f"http://www.dawn.example:{address.rpartition(':')[2]}"
        crawled = start(
            "latest", name, delay=1, program=LEADING.format(answer=answer), environment=NO_PROXY
        ).left()
    assert crawled.code == 3
    assert site.requests == []
    assert not crawled.captures
    assert f"www.dawn.example leads to {answer}, a private address, which is not asked" in crawled.stderr
    assert "did not answer for robots.txt" in crawled.last_line
    assert "a private address, which is not asked" in crawled.last_line
    assert crawled.of("retry") == [], "soon again it leads there as well"
    assert crawled.end["outcome"] == "failed"


# ── the environment's proxy, and what it must not tell ───────────────────────────────────────────────────


class _Proxy(socketserver.StreamRequestHandler):
    """Keeps what it was asked, passes plain requests to the site, and refuses all others."""

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (line := self.rfile.readline()):
            head += line
        self.server.asked.append(head)  # type: ignore[attr-defined]
        status = self.server.status  # type: ignore[attr-defined]
        body = b"User-agent: *\nDisallow: /\n" if status == 200 else b"refused"
        self.wfile.write(
            f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )


@contextmanager
def proxy(status: int) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy on loopback that answers everything so; its host and port, and what it was asked."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Proxy) as server:
        server.daemon_threads = True
        server.status, server.asked = status, []  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", server.asked  # type: ignore[attr-defined]
        finally:
            server.shutdown()


def left_behind(crawled: Crawled) -> str:
    """All that a crawl leaves, its archive unpacked: what must not have a secret in it."""
    from gzip import decompress

    files = [path.read_bytes() for path in crawled.plan.archive.parent.iterdir() if path.is_file()]
    texts = [decompress(each) if each.startswith(b"\x1f\x8b") else each for each in files]
    told = b"\n".join(texts).decode("utf-8", "replace") + json.dumps(crawled.events)
    return told + crawled.stdout + crawled.stderr


SECRETS = ("s3cr3t", "czNjcjN0", "d2hvOnMzY3IzdA")  # as written, and in base64 with and without its user


@pytest.mark.parametrize(
    ("scheme", "status"),
    [("http", 200), pytest.param("http", 407, marks=pytest.mark.slow), ("https", 407), ("https", 200)],
)
def test_a_proxys_password_is_told_to_the_proxy_alone(start: Start, scheme: str, status: int) -> None:
    with proxy(status) as (where, asked):
        environment = NO_PROXY | {
            f"{scheme}_proxy": f"http://who:s3cr3t@{where}",
            "no_proxy": "",
            "NO_PROXY": "",
            "DAWN_LOG_LEVEL": "DEBUG",
        }
        program = ONCE.format(answer="169.254.169.254")  # the proxy resolves, and we do not
        crawled = start(
            "latest", f"{scheme}://www.dawn.example", delay=1, environment=environment, program=program
        ).left()
    assert asked, crawled.stderr
    assert b"Proxy-Authorization: Basic d2hvOnMzY3IzdA==" in asked[0]
    said = left_behind(crawled)
    assert "dawn.example" in said
    for secret in SECRETS:
        assert secret not in said


@pytest.mark.parametrize(
    "address", ["http://who:s3cr3t@[broken", "who:s3cr3t@127.0.0.1:1", "http://who:s3cr3t@127.0.0.1:none"]
)
def test_a_proxy_that_is_none_does_not_tell_its_password(start: Start, address: str) -> None:
    environment = NO_PROXY | {
        "http_proxy": address,
        "no_proxy": "",
        "NO_PROXY": "",
        "DAWN_LOG_LEVEL": "DEBUG",
    }
    program = ONCE.format(answer="127.0.0.1")
    crawled = start(
        "latest", "http://www.dawn.example", delay=1, environment=environment, program=program
    ).left()
    assert crawled.code == 3
    said = left_behind(crawled)
    for secret in SECRETS:
        assert secret not in said
