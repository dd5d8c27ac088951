"""`dawn` alone: how the archive stands, or how to begin one."""

from __future__ import annotations

from tests.flows.conftest import Backfilled, Dawn


def test_without_an_archive_it_says_how_to_begin(dawn: Dawn) -> None:
    done = dawn()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("There is no archive in data yet.")
    assert "dawn demo" in done.stdout and "dawn run --contact" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1] == "`dawn --help` shows every command"


def test_with_one_it_shows_what_status_shows(backfilled: Backfilled, dawn: Dawn) -> None:
    def said(text: str) -> list[str]:
        """The lines without ages and what is free, which change from second to second."""
        return [line.split(" (")[0].rpartition(";")[0] or line.split(" (")[0] for line in text.splitlines()]

    done, status = dawn(), dawn("status")
    assert (done.returncode, done.stderr) == (0, "")
    *lines, empty, last = done.stdout.splitlines()
    assert len(lines) == 10 and said("\n".join(lines)) == said(status.stdout)
    assert (empty, last) == ("", "`dawn --help` shows every command")
    elsewhere = dawn(settings={"DAWN_DATA": "nowhere"})
    assert "no archive in nowhere yet" in elsewhere.stdout
