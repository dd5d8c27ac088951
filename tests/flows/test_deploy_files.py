"""The files of `deploy/` and the commands of the pages that deploy: valid by their formats' own schemas.

Nothing is built or started here; tests/flows/test_servers.py runs what can be run on one machine.
Beyond one machine: test_deploy_scale.py and test_helm.py.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path
from typing import Any

import click
import kubernetes_validate
import pytest
import yaml
from compose_spec import PyCompose, PyOptions
from cyclopts import CycloptsError
from dockerfile_parse import DockerfileParser

from flows.cli import dawn
from flows.serve import LOST_RUNS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.34"


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(page: str, language: str) -> str:
    """The code blocks of a page in that language, one after the other."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE))


def commands(script: str) -> Iterator[list[str]]:
    """The `dawn` and `prefect` commands of a shell script, word by word; those in a container too."""
    for line in script.splitlines():
        for part in re.split(r"&&|\|\|", line):
            if "'" in part:  # the beginning or the end of a program in another language
                continue
            words = shlex.split(re.sub(r"(^|\s)#.*|[<>].*", "", part))
            if "exec" in words:
                words = words[words.index("exec") + 2 :]
                words = words[1:] if words[:1] == ["--"] else words
            if words[:1] in (["dawn"], ["prefect"]):
                yield words


def documented() -> list[list[str]]:
    """Every command of ours and of Prefect's that the pages that deploy and the files of deploy/ name."""
    found = [
        words
        for page in ("docs/running.md", "docs/systemd.md", "docs/kubernetes.md", "docs/deploying.md")
        for words in commands(blocks(text(page), "sh"))
    ]
    found += commands(text("deploy/register.sh"))
    for service in compose()["services"].values():
        if service.get("command", [""])[0] in {"dawn", "prefect"}:
            found.append(service["command"])
    for _, manifest in manifests():
        for container in containers(manifest):
            if container.get("command", [""])[0] in {"dawn", "prefect"}:
                found.append(container["command"])
    found += [json.loads(step["value"]) for step in dockerfile().structure if step["instruction"] == "CMD"]
    found += [line.partition("=")[2].split() for line in units() if line.startswith("ExecStart=")]
    return found


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(text("deploy/compose.yaml")))


def manifests() -> list[tuple[str, dict[str, Any]]]:
    every = yaml.safe_load_all(text("deploy/kubernetes.yaml"))
    return [(f"{each['kind']} {each['metadata']['name']}", each) for each in every]


def containers(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return list(manifest["spec"].get("template", {}).get("spec", {}).get("containers", []))


def dockerfile() -> DockerfileParser:
    return DockerfileParser(fileobj=(DEPLOY / "Dockerfile").open("rb"))


def units() -> list[str]:
    return [
        line for path in sorted(DEPLOY.glob("*.service")) for line in path.read_text("utf-8").splitlines()
    ]


# Docker.


def test_the_compose_file_is_one() -> None:
    """By the Compose Specification; and what its services and volumes name is there."""
    told = PyOptions(apply_merge=True).from_yaml(text("deploy/compose.yaml"))
    assert isinstance(told, PyCompose)
    told.validate()
    made = told.to_dict()
    assert set(made["services"]) == {"database", "server", "register", "worker"}
    volumes = {
        mount.split(":")[0]
        for service in compose()["services"].values()
        for mount in service.get("volumes", [])
    }
    assert volumes == set(compose()["volumes"])
    for service in compose()["services"].values():
        assert set(service.get("depends_on", {})) <= set(made["services"])
        assert service["image"] in {"postgres:15", "dawn-as-a-table"}
    assert (DEPLOY / compose()["x-program"]["build"]["context"] / "deploy/Dockerfile").is_file()


def test_a_compose_file_with_a_mistake_is_refused() -> None:
    broken = text("deploy/compose.yaml").replace("depends_on:", "depend_on:")
    with pytest.raises(ValueError, match="depend_on"):
        PyOptions(apply_merge=True).from_yaml(broken)


def test_the_dockerfile_copies_what_is_there() -> None:
    """And what .dockerignore lets through; its interpreter is one the project allows."""
    ignored = [line for line in text(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert ignored[0] == "*", "nothing goes to the builder but what is named"
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    copied = []
    for step in dockerfile().structure:
        assert step["instruction"] in {
            "COMMENT",
            "FROM",
            "ARG",
            "COPY",
            "RUN",
            "WORKDIR",
            "USER",
            "ENV",
            "VOLUME",
            "CMD",
        }
        if step["instruction"] == "COPY":
            copied += [word for word in step["value"].split()[:-1] if not word.startswith("--")]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(fnmatch(name, pattern) for pattern in let_in), f"{name} is kept back by .dockerignore"
    assert "python:3.11-slim" in {image.split()[0] for image in dockerfile().parent_images}
    project = tomllib.loads(text("pyproject.toml"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*packages, "prefect.yaml", "deploy"} <= set(copied)


def test_the_image_is_installed_from_what_is_pinned() -> None:
    """All that the project needs to run and to be built is in requirements.lock, in a version it allows."""
    from packaging.requirements import Requirement

    pinned = dict(
        re.findall(r"^([A-Za-z0-9_.-]+)(?:\[.*\])?==([^\s;]+)", text("requirements.lock"), re.MULTILINE)
    )
    project = tomllib.loads(text("pyproject.toml"))
    extras = project["project"]["optional-dependencies"]
    wanted = [
        *project["project"]["dependencies"],
        *project["build-system"]["requires"],
        *chain(*extras.values()),
    ]
    for said in wanted:
        wish = Requirement(said)
        if wish.name == project["project"]["name"]:  # an extra of extras
            assert wish.extras <= set(extras)
            continue
        assert pinned[wish.name.lower().replace("_", "-").replace(".", "-")] in wish.specifier, said


# Kubernetes.


@pytest.mark.parametrize(("name", "manifest"), manifests(), ids=[name for name, _ in manifests()])
def test_the_manifests_are_valid(name: str, manifest: dict[str, Any]) -> None:
    """By the schema of Kubernetes' own API, strictly: a field it does not know is a mistake."""
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_a_manifest_with_a_mistake_is_refused() -> None:
    broken = dict(manifests())["Deployment worker"]
    broken["spec"]["replica"] = broken["spec"].pop("replicas")
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(broken, KUBERNETES, strict=True)


def test_the_manifests_fit_together() -> None:
    """Services find pods, mounts have volumes, volumes have claims; the data folder is one pod's."""
    made = dict(manifests())
    claims = {name.split()[1] for name in made if name.startswith("PersistentVolumeClaim")}
    used = set()
    for name, manifest in made.items():
        pod = manifest["spec"].get("template", {})
        volumes = {
            v["name"]: v["persistentVolumeClaim"]["claimName"] for v in pod.get("spec", {}).get("volumes", [])
        }
        mounts = {mount["name"] for each in containers(manifest) for mount in each.get("volumeMounts", [])}
        assert mounts == set(volumes), name
        used |= set(volumes.values())
        if name.startswith("Deployment"):
            assert manifest["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
        if name.startswith("Service"):
            target = made[f"Deployment {manifest['spec']['selector']['app']}"]
            opened = {port["containerPort"] for each in containers(target) for port in each["ports"]}
            assert {port["port"] for port in manifest["spec"]["ports"]} == opened
    assert used == claims
    worker = made["Deployment worker"]["spec"]
    assert (worker["replicas"], worker["strategy"]["type"]) == (1, "Recreate")
    assert made["PersistentVolumeClaim data"]["spec"]["accessModes"] == ["ReadWriteOnce"]


# systemd.


def verified(unit: str, folder: Path) -> str:
    """What `systemd-analyze verify` says of a unit, with a program that is there; nothing, of a good one."""
    for path in DEPLOY.glob("dawn*.*"):
        (folder / path.name).write_text(
            path.read_text("utf-8").replace("/opt/dawn/.venv/bin/dawn", "/bin/true"), "utf-8"
        )
    done = subprocess.run(
        ["systemd-analyze", "verify", str(folder / unit)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr + ("" if done.returncode == 0 else str(done.returncode))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
@pytest.mark.parametrize("unit", sorted(path.name for path in DEPLOY.glob("dawn*.*")))
def test_the_units_are_valid(unit: str, tmp_path: Path) -> None:
    assert verified(unit, tmp_path) == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_a_unit_with_a_mistake_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "dawn.service").write_text(text("deploy/dawn.service").replace("KillMode", "KilMode"), "utf-8")
    monkeypatch.setattr("tests.flows.test_deploy_files.DEPLOY", wrong)
    assert "KilMode" in verified("dawn.service", tmp_path)


def test_what_the_page_puts_in_place_is_there() -> None:
    """The units that it copies, enables and links; the settings that it writes are settings."""
    page = text("docs/systemd.md")
    for name in set(re.findall(r"dawn(?:-watch)?\.(?:service|timer)", page)):
        assert (DEPLOY / name).is_file(), name
    from flows.config import SETTINGS

    assert set(re.findall(r"^(DAWN_\w+)=", page, re.MULTILINE)) <= {one.env for one in SETTINGS}
    assert "EnvironmentFile=/etc/dawn.env" in units()


# Automations.


@pytest.mark.parametrize("name", ["crashed.yaml", "notify.yaml"])
def test_the_automations_are_valid(name: str) -> None:
    """By the model that Prefect's own server reads them with, templates included."""
    from prefect.server.events.schemas.automations import AutomationCore

    AutomationCore.model_validate(yaml.safe_load(text(f"deploy/{name}")))


def test_the_automation_for_lost_runs_has_the_name_that_is_looked_for() -> None:
    """`dawn serve` and register.sh ask for it by name, so that it is registered once."""
    assert yaml.safe_load(text("deploy/crashed.yaml"))["name"] == LOST_RUNS
    assert f'prefect automation inspect "{LOST_RUNS}"' in text("deploy/register.sh")


def test_runs_are_heard_of_well_before_they_are_given_up() -> None:
    """Three heartbeats go missing before a run does: in the image, in `dawn serve`, in the document."""
    within = yaml.safe_load(text("deploy/crashed.yaml"))["trigger"]["within"]
    every = [
        int(found)
        for name in ("deploy/Dockerfile", "flows/serve.py", "docs/running.md")
        for found in re.findall(r'PREFECT_FLOWS_HEARTBEAT_FREQUENCY(?:=|": ")(\d+)', text(name))
    ]
    assert len(every) >= 3
    assert {each * 3 for each in every} == {within}


# Commands.


def test_every_dawn_command_exists() -> None:
    """Its name, its options and the types of their values, by the parser that people meet."""
    found = [words for words in documented() if Path(words[0]).name == "dawn"]
    assert len(found) >= 5
    for _, name, *words in found:
        dawn.commands[name].make_context(f"dawn {name}", words)
    with pytest.raises(click.UsageError):
        dawn.commands["status"].make_context("dawn status", ["--min-age", "3h"])


def test_every_prefect_command_exists() -> None:
    """By Prefect's own parser, which refuses an option or a value it does not know; nothing is run."""
    from prefect.cli import _app

    found = {tuple(word for word in words if word != "--no-prompt") for words in documented()}
    ours = [words for words in found if words[0] == "prefect"]
    assert len(ours) >= 6
    for _, *words in ours:
        _app._app.parse_args(words, print_error=False, exit_on_error=False)
    with pytest.raises(CycloptsError):
        _app._app.parse_args(["worker", "start", "--pond", "dawn"], print_error=False, exit_on_error=False)
