"""The command `dawn completion`: what a shell runs so that Tab completes commands, options and choices."""

from __future__ import annotations

import os
from pathlib import PurePath

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_DAWN_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def completion(shell: str | None) -> None:
    """A script for a shell to complete `dawn` with: without SHELL, for the one that $SHELL names.

    \b
    bash   eval "$(dawn completion bash)"       in ~/.bashrc
    zsh    eval "$(dawn completion zsh)"        in ~/.zshrc, behind compinit
    fish   dawn completion fish | source        in ~/.config/fish/config.fish
    """
    said = shell or PurePath(os.environ.get("SHELL", "")).name
    made = get_completion_class(said) if said in SHELLS else None
    if made is None:
        raise click.UsageError(f"which shell? say {', '.join(SHELLS[:-1])} or {SHELLS[-1]}")
    root = click.get_current_context().find_root().command
    click.echo(made(root, {}, "dawn", VARIABLE).source())
