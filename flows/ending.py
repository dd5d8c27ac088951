"""How a command ends: its exit code, the last line on stderr, and pipes whose reader went away."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

import click

from flows.folder import FolderError
from flows.settings_file import SettingError

if TYPE_CHECKING:
    from flows.folder import DataFolder
    from flows.receipt import Receipt

_KEPT = "what was fetched is kept; run the same command again to go on"
_LEFT = {
    "": "nothing was changed",  # `dawn` alone
    "config": "nothing was changed",
    "completion": "nothing was changed",
    "extract": "the lines written so far are not all; run it again, it begins anew",
    "sql": "the answer is not whole, and no file was replaced",
    "search": "nothing was changed",
    "forget": "it is not over: run it again, which ends what was begun",
    "check": "nothing was changed",
    "audit": "nothing was changed",
    "coverage": "no file was replaced",
    "status": "nothing was changed",
    "why": "nothing was changed",
    "edits": "nothing was changed; what was shown is not all",
    "compact": "nothing is lost; run it again to go on",
    "case": "look whether the case is whole, or remove it",
    "demo": "run it again, it begins anew",
    "import": "what was taken in so far is kept; run the same command again to go on",
    "send": "what was sent is there; run the same command again to go on",
    "restore": "what came so far is kept; run the same command again to go on",
    "replay": "nothing is lost; run the same command again to go on",
}
"""What is so after a command that was interrupted, for those that fetch nothing."""

_TO_DO = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk",
    errno.EFBIG: "make room on the disk",
    errno.EROFS: "make it writable",
    errno.EMFILE: "allow more open files (ulimit -n)",
}
NO_MEMORY = "there is not enough memory; nothing that was fetched is lost: free some and run it again"


def exit_code(command: click.Group, arguments: list[str]) -> int:
    """What the process is to end with, once the command has run; what went wrong was said in one line."""
    # Not by click's own `main`: it ends the process with 1 where whoever reads us has gone, as `head` does.
    context: click.Context | None = None
    try:
        context = command.make_context("dawn", arguments)
        with context:
            command.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else str(error), err=True)
        return 2
    except click.UsageError as error:
        where = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        _say(f"{error.format_message()}{where}")
        return 2
    except (FolderError, SettingError) as error:
        _say(str(error))
        return 2
    except click.ClickException as error:
        _say(error.format_message())
        return 1
    except (KeyboardInterrupt, click.Abort):
        left = _LEFT.get(context.invoked_subcommand or "" if context else "", _KEPT)
        _say(f"interrupted: {left}")
        return 130
    except BrokenPipeError:
        _drop_stdout()
        return 0
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
        crawls = context is not None and context.invoked_subcommand not in _LEFT
        todo = _TO_DO.get(error.errno or 0, "mend it")
        _say(f"{what}; {'nothing that was fetched is lost: ' if crawls else ''}{todo} and run it again")
        _drop_stdout()  # else the interpreter tries to write once more, and tells that failure too
        return 1
    except Exception as error:
        if _is_no_memory(error):
            _say(NO_MEMORY)
            _drop_stdout()
            return 1
        if not isinstance(error, _stage_errors()):
            raise  # a bug, which shows itself
        _say(str(error))
        return 1
    return 0


def speak_any_language() -> None:
    """Nothing; no headline can end the command, whatever a terminal's encoding.

    Into files and pipes goes UTF-8, as into the files of -o; what a terminal has no letter for is escaped.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _is_no_memory(error: Exception) -> bool:
    """Whether an error says that memory is used up; libraries say it in words of their own."""
    no_library = isinstance(error, ImportError) and "failed to map segment" in str(error)
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException" or no_library


def _drop_stdout() -> None:
    """Nothing; what is still to be written goes nowhere: the interpreter's last flush must not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _stage_errors() -> tuple[type[Exception], ...]:
    """What a stage raises that could not do its work: it names its thing and what to do next."""
    from crawlers.store import StoreError
    from crawlers.workers import NoWorkersError, WorkerLostError
    from flows.crawling import CrawlFailedError
    from warehouse.database import WarehouseError

    return (WarehouseError, CrawlFailedError, WorkerLostError, NoWorkersError, StoreError)


def end(receipt: Receipt, folder: DataFolder | None = None, **more: Any) -> None:
    """Nothing; the red checks on stdout. Raises ClickException with what is owed, failed or red.

    For programs, with a `folder`, the whole receipt is on stdout instead, and what `more` there is to say,
    as one line of JSON.
    """
    from flows import json_lines, show

    if folder is None:
        show.checks(receipt.red)
    else:
        json_lines.say(json_lines.receipt(folder, receipt) | more)
    if receipt.fault:
        fail(receipt.fault)


def fail(message: str) -> None:
    """Never returns: the command ends with exit 1, and with this line."""
    raise click.ClickException(message)


def _say(message: str) -> None:
    from flows.console import safe, unsaid

    with suppress(BrokenPipeError):  # nobody reads stderr any more; the exit code still says it
        click.echo("dawn: " + unsaid(safe(" ".join(message.split()))), err=True)
