"""A backfill handed to a Prefect server: it runs there, and the terminal is free again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import click

from flows.server import NoServerError, NotThereError, ask

DEPLOYMENT = "backfill/backfill"


@dataclass(frozen=True, slots=True)
class Submitted:
    """A run that a server took: its name, its id, and the page that shows it."""

    name: str
    id: str
    page: str


def api_of(data: Path) -> str:
    """The address of the server's interface: PREFECT_API_URL, else that of the folder's own `dawn serve`.

    Raises click.UsageError where there is neither.
    """
    if said := os.environ.get("PREFECT_API_URL"):
        return said.rstrip("/")
    try:
        return (data / "prefect" / "api").read_text("utf-8").strip()
    except FileNotFoundError:
        raise click.UsageError(
            f"no server to submit to: start `dawn serve --data {data}`, or name one in PREFECT_API_URL"
        ) from None


def submit(api: str, days: tuple[date, date], **parameters: Any) -> Submitted:
    """The run that the server made of this backfill; whatever is None is left to the worker's environment.

    Raises click.ClickException in one line where the server cannot be asked, or will not.
    """
    said = {name: value for name, value in parameters.items() if value is not None}
    said |= {"first": days[0].isoformat(), "last": days[1].isoformat()}
    state = {"type": "SCHEDULED", "message": "submitted with `dawn backfill --submit`"}
    try:
        found = ask(api, f"deployments/name/{quote(DEPLOYMENT)}")
        run = ask(
            api,
            f"deployments/{found['id']}/create_flow_run",
            {"parameters": said, "state": state, "idempotency_key": str(uuid4())},
        )
    except NotThereError:
        raise click.ClickException(
            f"the server at {api} has no deployment {DEPLOYMENT}: register it with `prefect deploy --all`"
        ) from None
    except NoServerError as error:
        raise click.ClickException(str(error)) from None
    parts = urlsplit(api)
    page = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.removesuffix('/api')}/runs/flow-run/{run['id']}"
    return Submitted(str(run["name"]), str(run["id"]), page)
