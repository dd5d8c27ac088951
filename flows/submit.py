"""A backfill handed to a Prefect server: it runs there, and the terminal is free again.

The server is asked over its own HTTP interface, with the standard library: `import prefect` takes seconds.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import click

from crawlers.urls import is_loopback

DEPLOYMENT = "backfill/backfill"
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


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


def submit(api: str, days: tuple[date, date] | None, **parameters: Any) -> Submitted:
    """The run that the server made of this backfill; whatever is None is left to the worker's environment.

    Raises click.ClickException in one line where the server cannot be asked, or will not.
    """
    found = _asked(api, f"deployments/name/{quote(DEPLOYMENT)}")
    if found is None:
        raise click.ClickException(
            f"the server at {api} has no deployment {DEPLOYMENT}: register it with `prefect deploy --all`"
        )
    said = {name: value for name, value in parameters.items() if value is not None}
    if days is not None:
        said |= {"first": days[0].isoformat(), "last": days[1].isoformat()}
    run = _asked(api, f"deployments/{found['id']}/create_flow_run", {"parameters": said, "state": _SCHEDULED})
    if run is None:
        raise click.ClickException(
            f"the server at {api} lost its deployment {DEPLOYMENT} just now: try again"
        )
    parts = urlsplit(api)
    page = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/api')}/runs/flow-run/{run['id']}"
    return Submitted(str(run["name"]), str(run["id"]), page)


_SCHEDULED = {"type": "SCHEDULED", "message": "submitted with `dawn backfill --submit`"}


def _asked(api: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The answer as JSON; None for 404."""
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("PREFECT_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    data = json.dumps(body).encode() if body is not None else None
    try:
        request = urllib.request.Request(f"{api}/{path}", data, headers)  # noqa: S310
        opener = _NO_PROXY if is_loopback(api) else urllib.request.build_opener()
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        told = " ".join(error.read(500).decode("utf-8", "replace").split())
        raise click.ClickException(f"the server at {api} answered {error.code}: {told}") from None
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"no Prefect server answers at {api} ({error}): start it, or mend PREFECT_API_URL"
        ) from None
