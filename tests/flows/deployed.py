"""The files for several machines, read, and the tools that take them: what their tests have in common."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "dawn"
PROGRAM = "dawn-as-a-table:0.1.0-scale"
STRANGERS = {"postgres:15", "chrislusf/seaweedfs:4.48"}

Manifests = dict[str, dict[str, Any]]


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def tool(name: str) -> str:
    """A program of `make tools`, or of this machine; without one the test is skipped."""
    ours = ROOT / "build" / "tools" / "bin" / name
    found = str(ours) if ours.is_file() else shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} here: make tools")
    return found


def asked(*words: str, told: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """What a tool says that is told this on stdin, and sees nothing of this environment."""
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | environment
    return subprocess.run(
        words, cwd=ROOT, env=bare, input=told, capture_output=True, text=True, timeout=60, check=False
    )


def on_top(below: Any, above: Any) -> Any:
    """Two Compose files as one: mappings by their keys, all else is the upper one's."""
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {key: on_top(below.get(key), value) for key, value in above.items()}
    return above


def services() -> dict[str, dict[str, Any]]:
    """The services of both files on top of each other."""
    told = on_top(
        yaml.safe_load(text("deploy/compose.yaml")), yaml.safe_load(text("deploy/compose.scale.yaml"))
    )
    return dict(told["services"])


CASES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "growing": {
        "daskWorker": {"autoscaling": {"enabled": True}},
        "settings": {"DAWN_MAX_REQUESTS": "9"},
        "site": "http://a.example",
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"operator": "Exists"}],
        "image": {"pullSecrets": ["registry"]},
    },
    "all elsewhere": {
        "postgresql": {"enabled": False, "host": "db.example.org"},
        "objects": {"enabled": False, "existingSecret": ""},
        "lake": {"create": False},
        "networkPolicy": {"enabled": False},
    },
    "another S3": {
        "objects": {"enabled": False, "endpoint": "https://s3.example.org"},
        "image": {"repository": "registry.example.org/dawn", "tag": "7"},
    },
}
"""Values of the chart, beside the contact that must be said."""


def helm(verb: str, *words: str, values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    told = json.dumps({"contact": "you@example.org"} | values)
    return asked(tool("helm"), verb, *words, str(CHART), "--values", "-", told=told)


@cache
def rendered(case: str) -> Manifests:
    """The manifests of the chart with these values, by kind and name; the notes are written too."""
    done = helm("template", "paper", "--namespace", "news", values=CASES[case])
    assert done.returncode == 0, done.stderr
    every = [each for each in yaml.safe_load_all(done.stdout) if each]
    made = {f"{each['kind']} {each['metadata']['name']}": each for each in every}
    assert len(made) == len(every)
    return made


def pods(made: Manifests) -> dict[str, dict[str, Any]]:
    """By role, what each Deployment and Job says of its pods: metadata and spec."""
    return {
        each["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"][
            "template"
        ]
        for each in made.values()
        if each["kind"] in {"Deployment", "Job"}
    }


def container(pod: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod["spec"]["containers"]
    return dict(only)


def said(pod: dict[str, Any]) -> str:
    """Its environment and its command, as one text."""
    one = container(pod)
    return " ".join([str(env.get("value", "")) for env in one.get("env", [])] + one.get("command", []))


def claims_of(pod: dict[str, Any]) -> set[str]:
    return {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
