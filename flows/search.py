"""The command `dawn search`: full-text search over current and past texts. Asks no site."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from crawlers.items import Kind
from flows.json_lines import form_of, jsonl_option
from flows.options import data_option


def _kinds(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [kind.value for kind in Kind if kind.value.startswith(incomplete)]


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("words", nargs=-1, metavar="WORDS…")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=10, show_default=True, help="At most so many."
)
@click.option("--past", is_flag=True, help="Also texts that an edit replaced.")
@click.option("--author", metavar="NAME", help="Only stories whose byline has this.")
@click.option("--section", metavar="NAME", help="Only stories of this section.")
@click.option(
    "--kind", metavar="KIND", shell_complete=_kinds, help="Only news, opinion, editorial, letter, feature …"
)
@click.option("--in", "printed_in", metavar="NAME", help="Only stories printed in this: Dawn, EOS …")
@click.option("--from", "first", metavar="DAY", help="Only stories that came out on this day or later.")
@click.option("--to", "last", metavar="DAY", help="Only stories that came out on this day or earlier.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv"]),
    help="How the hits are written.  [default: table]",
)
@jsonl_option
@data_option
def search(
    words: tuple[str, ...],
    limit: int,
    past: bool,
    author: str | None,
    section: str | None,
    kind: str | None,
    printed_in: str | None,
    first: str | None,
    last: str | None,
    form: str | None,
    as_json: bool,
    data: Path,
) -> None:
    """Stories that have all these words, best first, each with the passage where they stand.

    '"flood relief"' is a phrase, -word must not be there, a OR b takes either, flood* all that begin so.
    Filters can stand among the words: author: section: title: kind: in: on: from: to: story: . A day may
    be a month or a year, too.
    """
    chosen = form_of(form, as_json) or "table"
    for word in words:
        if word.startswith("--"):
            context = click.get_current_context()
            known = [name for one in context.command.params for name in one.opts if name.startswith("--")]
            said = word.partition("=")[0]
            raise click.NoSuchOption(said, possibilities=get_close_matches(said, known, 1), ctx=context)
    from flows import show
    from flows.bounds import bound_memory
    from warehouse.query import QueryError
    from warehouse.search import search as search_texts
    from warehouse.search.question import first_day, last_day

    bound_memory()
    try:
        hits = search_texts(
            data,
            " ".join(words),
            limit=limit,
            past=past,
            author=author,
            section=section,
            kind=kind,
            printed_in=printed_in,
            first=first_day(first, "--from") if first is not None else None,
            last=last_day(last, "--to") if last is not None else None,
        )
    except QueryError as error:
        raise click.UsageError(str(error)) from error
    show.hits(hits, chosen)
