"""Crawls that do not go well: down, cut, stalled, stopped, killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from crawlers import journal
from crawlers.crawl import command
from crawlers.lookalike import Lookalike
from crawlers.lookalike.faults import cut_gzip, down, short, stall, status
from crawlers.politeness import retry_after
from crawlers.site import MAX_PAGE_BYTES
from tests.crawl.conftest import TODAY, Crawled, Crawling, until

Crawl = Callable[..., Crawled]
Start = Callable[..., Crawling]


BROKEN = """
import sys
from crawlers import crawl
from crawlers.spiders.stories import Stories

def answered(self, asked, response):
    raise LookupError("that should not be")

Stories.answered = answered
sys.exit(crawl.main(sys.argv[1:]))
"""


ENDED_EARLY = """
import os, signal, sys
from crawlers import crawl

class AtImport:
    def find_spec(self, name, *_):
        if name == "scrapy":
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, AtImport())
sys.exit(crawl.main(sys.argv[1:]))
"""


def stories(site: Lookalike, address: str, number: int) -> dict[int, str]:
    fine = [one.id for one in site.newest if one.id not in site.gone and one.id != site.forbidden]
    return {one: f"{address}/news/{one}" for one in fine[:number]}


def test_a_site_that_is_down_is_asked_for_robots_alone(crawl: Crawl) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        crawled = crawl("edition", address, day=TODAY)
    assert crawled.code == 3
    assert crawled.last_line == f"{address} did not answer for robots.txt: connection refused"
    assert (crawled.end["outcome"], crawled.end["reason"]) == ("failed", crawled.last_line)
    assert crawled.end["requests"] == 3
    assert not crawled.of("attempt")


@pytest.mark.parametrize(("code", "requests"), [(503, 3), (403, 1)])
def test_without_robots_nothing_is_asked(site: Lookalike, crawl: Crawl, code: int, requests: int) -> None:
    site.faults["/robots.txt"] = status(code)
    with site.serve(port=0) as address:
        crawled = crawl("latest", address)
    assert crawled.code == 3
    assert crawled.last_line == f"{address} answered {code} for robots.txt, so nothing was asked"
    assert [request.path for request in site.requests] == ["/robots.txt"] * requests
    assert [capture.status for capture in crawled.captures] == [code] * requests


def test_answers_that_break_off_are_attempts_and_no_pages(site: Lookalike, crawl: Crawl) -> None:
    with site.serve(port=0) as address:
        asked = stories(site, address, 6)
        one, two, three, four, large, slow = asked
        release = Event()
        site.faults = {
            f"/news/{one}": short,
            f"/news/{two}": cut_gzip,
            f"/news/{three}": down,
            f"/news/{large}": lambda reply: replace(reply, payload=bytes(MAX_PAGE_BYTES + 1)),
            f"/news/{slow}": stall(release),
        }
        crawled = crawl("stories", address, stories=asked, environment={"DAWN_TIMEOUT": "0.7"})
        release.set()
    assert crawled.code == 0, crawled.stderr
    attempts = {attempt["story_id"]: attempt for attempt in crawled.of("attempt")}
    assert {number: attempt["error"] for number, attempt in attempts.items()} == {
        one: "partial",
        two: "partial",
        three: "connection",
        large: "too_large",
        slow: "timeout",
    }
    assert {
        number: attempt["attempts"] for number, attempt in attempts.items() if attempt["attempts"] != 3
    } == {large: 1}
    assert "promised" in attempts[one]["detail"]
    # They stand in the archive, where each can be found out; what is cut is never what a revisit refers to.
    cut = [capture for capture in crawled.captures if capture.url == asked[one]]
    assert len(cut) == 3
    assert all(len(capture.content) < int(capture.header("Content-Length") or 0) for capture in cut)
    assert [capture.status for capture in crawled.captures if capture.url == asked[four]] == [200]


def test_a_redirect_to_what_cannot_be_asked_is_told_as_one(site: Lookalike, crawl: Crawl) -> None:
    with site.serve(port=0) as address:
        file, nowhere = asked = stories(site, address, 2)
        site.faults[f"/news/{file}"] = status(302, (("Location", "file:///etc/passwd"),))
        site.faults[f"/news/{nowhere}"] = status(301)
        crawled = crawl("stories", address, stories=asked)
    assert crawled.code == 0, crawled.stderr
    assert {one["story_id"]: (one["error"], one["status"]) for one in crawled.of("attempt")} == {
        file: ("redirected", 302),
        nowhere: ("redirected", 301),
    }
    assert len(site.requests) == 3


def test_a_site_that_blocks_us_is_let_alone(site: Lookalike, crawl: Crawl) -> None:
    site.faults[lambda path: path.startswith("/news/")] = status(403)
    with site.serve(port=0) as address:
        crawled = crawl("stories", address, stories=stories(site, address, 20))
    assert crawled.code == 3
    assert "5 requests in a row: it answered 403" in crawled.last_line
    assert len(site.requests) == 6
    assert {attempt["status"] for attempt in crawled.of("attempt")} == {403}


def test_more_patience_than_we_have_ends_the_run_and_says_when_to_come_back(
    site: Lookalike, crawl: Crawl
) -> None:
    with site.serve(port=0) as address:
        asked = stories(site, address, 3)
        site.faults[f"/news/{next(iter(asked))}"] = status(429, (("Retry-After", "3600"),))
        crawled = crawl("stories", address, stories=asked)
    assert crawled.code == 3
    assert crawled.end["outcome"] == "stopped"
    assert "answered 429 and asks not to be asked before 20" in crawled.last_line
    assert crawled.last_line.endswith("UTC (3600 s)")
    assert len(site.requests) == 2
    assert [attempt["status"] for attempt in crawled.of("attempt")] == [429]


@pytest.mark.parametrize("where", ["in an answer", "in a wait"])
def test_sigterm_ends_it_within_seconds_and_whole(site: Lookalike, start: Start, where: str) -> None:
    release = Event()
    with site.serve(port=0) as address:
        asked = stories(site, address, 4)
        third = f"/news/{list(asked)[2]}"
        if where == "in an answer":
            site.faults[third] = stall(release)
        else:
            site.faults[third] = status(503, (("Retry-After", "100"),))
        crawling = start("stories", address, stories=asked, delay=0.05)
        crawling.answered(2)
        if where == "in a wait":
            until(lambda: '"wait"' in crawling.plan.journal.read_text())
        crawling.process.send_signal(signal.SIGTERM)
        try:
            crawled = crawling.left(timeout=10)
        finally:
            release.set()
    assert (crawled.code, crawled.last_line) == (3, "asked to stop by SIGTERM")
    assert (crawled.end["outcome"], crawled.torn) == ("stopped", 0)
    fetched = {capture.url for capture in crawled.captures if capture.status == 200}
    assert fetched == {f"{address}/robots.txt", *list(asked.values())[:2]}
    assert not crawled.of("attempt")


def test_kill_nine_costs_nothing_that_was_answered_and_no_orphan_outlives_its_parent(
    site: Lookalike, start: Start, tmp_path: Path
) -> None:
    release = Event()
    with site.serve(port=0) as address:
        asked = stories(site, address, 4)
        site.faults[f"/news/{list(asked)[2]}"] = stall(release)
        crawling = start("stories", address, stories=asked)
        crawling.answered(2)
        crawling.process.kill()
        killed = crawling.left()
        # And the same plan under a parent that is killed itself.
        plan = json.loads((crawling.plan.archive.parent / f"{crawling.plan.run}.json").read_text())
        plan |= {"archive": str(tmp_path / "b.warc.gz"), "journal": str(tmp_path / "b.jsonl")}
        (tmp_path / "b.json").write_text(json.dumps(plan))
        parent = subprocess.Popen(
            [
                sys.executable,
                "-c",
                textwrap.dedent("""
                    import subprocess, sys
                    child = subprocess.Popen(sys.argv[1:])
                    print(child.pid, flush=True)
                    child.wait()
                """),
                *command(tmp_path / "b.json"),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert parent.stdout.readline()  # the child's first answer
        parent.kill()
        parent.communicate(timeout=10)
        until(lambda: not _runs(child))
        release.set()
    assert killed.code == -signal.SIGKILL
    assert killed.of("begin")
    assert not killed.of("end")
    assert {capture.url for capture in killed.captures} == {
        f"{address}/robots.txt",
        *list(asked.values())[:2],
    }
    assert '"outcome": "stopped"' in (tmp_path / "b.jsonl").read_text()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A container's init may be slow to collect what was orphaned.
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_sigterm_while_scrapy_is_being_imported_ends_it_as_well(site: Lookalike, start: Start) -> None:
    with site.serve(port=0) as address:
        crawling = start("stories", address, stories=stories(site, address, 3), program=ENDED_EARLY)
        crawled = crawling.left()
    assert (crawled.code, crawled.last_line) == (3, "asked to stop by SIGTERM")
    assert [event["event"] for event in crawled.events] == ["begin", "end"]
    assert not site.requests


def test_a_parent_that_no_longer_reads_changes_nothing(site: Lookalike, start: Start) -> None:
    with site.serve(port=0) as address:
        crawling = start("stories", address, stories=stories(site, address, 3))
        assert crawling.process.stdout is not None
        crawling.process.stdout.close()
        code = crawling.process.wait(timeout=30)
    assert code == 0
    assert list(journal.read(crawling.plan.journal))[-1]["outcome"] == "finished"


def test_a_bug_in_a_spider_is_never_a_finished_crawl(site: Lookalike, start: Start) -> None:
    with site.serve(port=0) as address:
        crawling = start("stories", address, stories=stories(site, address, 3), program=BROKEN)
        crawled = crawling.left()
    assert crawled.code == 3
    assert crawled.last_line == "3 answers could not be dealt with: a bug, shown above"
    assert "that should not be" in crawled.stderr
    assert (crawled.end["outcome"], len(crawled.captures)) == ("failed", 4)


def test_a_site_without_a_certificate_to_trust_is_not_asked(site: Lookalike, crawl: Crawl) -> None:
    with site.serve(port=0) as address:
        crawled = crawl("latest", address.replace("http:", "https:"))  # it speaks no TLS at all
    assert crawled.code == 3
    assert "did not answer for robots.txt: no secure connection" in crawled.last_line
    assert crawled.end["requests"] == 1


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        signed.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    site: Lookalike, crawl: Crawl, certificate: Path
) -> None:
    with site.serve(port=0, certificate=certificate) as address:
        crawled = crawl("latest", address)
        trusting = crawl("latest", address, environment={"SSL_CERT_FILE": str(certificate)})
    assert crawled.code == 3
    assert "did not answer for robots.txt: no secure connection" in crawled.last_line
    assert (crawled.end["requests"], crawled.captures) == (1, [])
    # Whoever is told to trust it gets through: it was the certificate, and nothing else.
    assert trusting.code == 0, trusting.stderr
    assert {one["recognised"] for one in trusting.of("listing")} == {True}
    assert site.errors == []


@pytest.mark.slow
def test_a_site_that_no_name_server_knows_is_told(crawl: Crawl) -> None:
    crawled = crawl("latest", "http://nowhere.invalid", delay=1.0)
    assert crawled.code == 3
    assert crawled.last_line == "http://nowhere.invalid did not answer for robots.txt: no such host"
    assert (crawled.end["outcome"], crawled.captures) == ("failed", [])


def test_files_of_an_earlier_run_are_never_touched(site: Lookalike, start: Start) -> None:
    with site.serve(port=0) as address:
        first = start("stories", address, stories=stories(site, address, 1)).left()
    before = first.plan.archive.read_bytes(), first.plan.journal.read_bytes()
    again = subprocess.run(
        command(first.plan.archive.parent / f"{first.plan.run}.json"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 3
    assert "cannot begin" in again.stderr
    assert (first.plan.archive.read_bytes(), first.plan.journal.read_bytes()) == before


@pytest.mark.parametrize("content", [None, "{", '{"run": "x"}'])
def test_a_plan_that_cannot_be_read_is_exit_two(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "plan.json"
    if content is not None:
        path.write_text(content)
    done = subprocess.run(command(path), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert str(path) in done.stderr


def test_retry_after_is_seconds_or_a_date_and_nonsense_is_nothing() -> None:
    now = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
    later = format_datetime(datetime(2026, 3, 9, 12, 1, 30, tzinfo=UTC), usegmt=True)
    assert retry_after(b"17", now) == 17
    assert retry_after(later.encode(), now) == 90
    assert retry_after(b"Sun, 08 Mar 2026 12:00:00 GMT", now) == 0
    assert [retry_after(value, now) for value in (None, b"", b"soon", b"-5", b"1.5")] == [0] * 5
