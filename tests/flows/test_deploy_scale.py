"""The files of `deploy/` for several machines: valid by their own tools, and whole.

`make tools` brings the tools: without them the tests that ask them are skipped. No container is started. What
can run without one runs in test_deploy_running.py; the chart is in test_helm.py.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable

import pytest
import yaml
from compose_spec import PyOptions

from flows.config import SETTINGS
from tests.flows.deployed import (
    DEPLOY,
    PROGRAM,
    ROOT,
    STRANGERS,
    asked,
    container,
    pods,
    rendered,
    services,
    text,
    tool,
)

FILLED = {
    "DAWN_CONTACT": "you@example.org",
    "POSTGRES_PASSWORD": "postgrespassword",
    "LAKE_PASSWORD": "lakepassword",
    "AWS_ACCESS_KEY_ID": "accesskey",
    "AWS_SECRET_ACCESS_KEY": "secretkey",
}
SECRET = {name: value for name, value in FILLED.items() if name != "DAWN_CONTACT"}


# Compose.


def environment(service: str) -> dict[str, str]:
    return dict(services()[service].get("environment", {}))


def test_the_overlay_is_a_compose_file() -> None:
    """By the Compose Specification; what is written wrong there is refused."""
    overlay = text("deploy/compose.scale.yaml").replace("${DASK_WORKERS:-2}", "2")
    PyOptions(apply_merge=True).from_yaml(overlay).validate()
    with pytest.raises(ValueError, match="depend_on"):
        PyOptions(apply_merge=True).from_yaml(overlay.replace("depends_on:", "depend_on:"))


def compose(*files: str, **environment: str) -> subprocess.CompletedProcess[str]:
    named = [word for file in files for word in ("-f", f"deploy/{file}")]
    return asked(tool("docker-compose"), *named, "config", **environment)


def test_docker_compose_takes_the_files_as_one() -> None:
    """Docker Compose itself reads them, and makes of them what this module does."""
    done = compose("compose.yaml", "compose.scale.yaml", **FILLED, DASK_WORKERS="3")
    assert done.returncode == 0, done.stderr
    made = yaml.safe_load(done.stdout)
    ours = services()
    assert set(made["services"]) == set(ours)
    assert made["services"]["dask-worker"]["deploy"]["replicas"] == 3
    for name, service in made["services"].items():
        assert set(service.get("environment", {})) == set(ours[name].get("environment", {})), name
        assert set(service.get("depends_on", {})) == set(ours[name].get("depends_on", {})), name
        assert service["image"] == ours[name]["image"]
    assert made["networks"]["dask"]["internal"] is True
    alone = compose("compose.yaml", **FILLED)
    assert alone.returncode == 0, alone.stderr


@pytest.mark.parametrize("missing", FILLED)
def test_compose_says_what_is_not_said(missing: str) -> None:
    said = {name: value for name, value in FILLED.items() if name != missing}
    done = compose("compose.yaml", "compose.scale.yaml", **said)
    assert f"required variable {missing} is missing a value: s" in done.stderr  # "set …", "say …"
    assert not done.stdout


def test_the_example_of_settings_has_what_compose_asks_for() -> None:
    """Each variable that must be said, and none that no file reads; none has a value that is a secret."""
    files = text("deploy/compose.yaml") + text("deploy/compose.scale.yaml")
    must, may = set(re.findall(r"\$\{(\w+):\?", files)), set(re.findall(r"\$\{(\w+):-", files))
    lines = [line.lstrip("# ") for line in text("deploy/scale.env.example").splitlines()]
    said = dict(re.findall(r"^([A-Z_]+)=(.*)$", "\n".join(lines), re.MULTILINE))
    assert must == set(FILLED) <= set(said) <= must | may
    assert {said[name] for name in must} == {""}
    assert "/deploy/scale.env" in text(".gitignore").splitlines()
    assert "deploy/scale.env" in text(".dockerignore").splitlines()


def test_every_service_has_what_it_names() -> None:
    """Volumes, networks, services; one image of ours for all roles; limits; a probe of what is waited for."""
    upper = yaml.safe_load(text("deploy/compose.scale.yaml"))
    every = services()
    networks = {"default", *upper["networks"]}
    volumes = {*yaml.safe_load(text("deploy/compose.yaml"))["volumes"], *upper["volumes"]}
    mounted = {mount.split(":")[0] for each in every.values() for mount in each.get("volumes", [])}
    assert mounted == volumes
    for name, service in every.items():
        assert service["image"] in {PROGRAM, *STRANGERS}, name
        if service["image"] == PROGRAM:
            assert service["build"]["args"] == {"EXTRAS": "scale"}, name
        assert set(service.get("networks", ["default"])) <= networks
        for other, how in service.get("depends_on", {}).items():
            probe = "healthcheck" if how["condition"] == "service_healthy" else "restart"
            assert every[other][probe] != {}, f"{name} waits for {other}"
            if how["condition"] == "service_completed_successfully":
                assert every[other]["restart"] == "no"
        if service.get("restart") != "no":
            assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert f"{project['name']}:{project['version']}-scale" == PROGRAM


def test_whom_a_service_calls_it_can_reach() -> None:
    """Each address in an environment or a command is a service's in a network that both are in."""
    every = services()
    called = 0
    for name, service in every.items():
        words = [*map(str, service.get("environment", {}).values()), *map(str, service.get("command", []))]
        for host in re.findall(r"(?:://(?:[^@/\s]*@)?|host=)([a-z-]+)(?=[:\s])", " ".join(words)):
            ours = set(service.get("networks", ["default"]))
            assert ours & set(every[host].get("networks", ["default"])), f"{name} does not reach {host}"
            called += 1
    assert called >= 8


def test_nothing_is_reached_from_outside_but_prefect_on_loopback() -> None:
    """And the scheduler, which runs what it is sent, stands in a network without a way out, with its two."""
    published = {name: each["ports"] for name, each in services().items() if "ports" in each}
    assert published == {"server": ["127.0.0.1:4200:4200"]}
    upper = yaml.safe_load(text("deploy/compose.scale.yaml"))
    assert upper["networks"]["dask"] == {"internal": True}
    assert services()["scheduler"]["networks"] == ["dask"]
    near = {name for name, each in services().items() if "dask" in each.get("networks", [])}
    assert near == {"scheduler", "worker", "dask-worker"}
    for each in services().values():
        assert not {"privileged", "network_mode", "cap_add", "pid", "ipc"} & set(each)


def test_secrets_go_to_whom_they_are_for() -> None:
    """By variable; none stands in a file, and the scheduler, which runs what it is sent, knows none."""
    knows = {
        name: {
            found for value in environment(name).values() for found in re.findall(r"\$\{(\w+)", str(value))
        }
        & set(SECRET)
        for name in services()
    }
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert knows == {
        "database": {"POSTGRES_PASSWORD"},
        "server": {"POSTGRES_PASSWORD"},
        "prepare": {"POSTGRES_PASSWORD", "LAKE_PASSWORD", *keys},
        "worker": {"LAKE_PASSWORD", *keys},
        "objects": keys,
        "dask-worker": keys,
        "scheduler": set(),
        "register": set(),
    }


# Both.


def test_every_setting_named_is_one() -> None:
    named = {
        found
        for path in DEPLOY.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
        for found in re.findall(r"\bDAWN_[A-Z_]+\b", path.read_text("utf-8"))
    }
    assert "DAWN_STORE" in named
    assert named <= {one.env for one in SETTINGS}


def of_compose() -> list[list[str]]:
    return [each["command"] for each in services().values() if each["image"] == PROGRAM and "command" in each]


def of_the_chart() -> list[list[str]]:
    ours = {
        role: pod for role, pod in pods(rendered("as it is")).items() if role not in {"database", "objects"}
    }
    return [container(pod)["command"] for pod in ours.values()]


@pytest.mark.parametrize("commands", [of_compose, of_the_chart])
def test_every_command_exists(commands: Callable[[], list[list[str]]]) -> None:
    """By the parsers of Prefect and Dask themselves, which refuse an option that they do not know."""
    import click
    from distributed.cli import dask_scheduler, dask_worker
    from prefect.cli import _app

    dask = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
    seen = set()
    for program, *words in commands():
        seen.add(program)
        if program == "prefect":
            _app._app.parse_args(words, print_error=False, exit_on_error=False)
        elif program == "dask":
            dask[words[0]].make_context(words[0], words[1:])
        else:
            assert program in {"python", "sh"}
            assert (ROOT / words[0]).is_file()
    assert seen == {"prefect", "dask", "python", "sh"}
    with pytest.raises(click.UsageError):
        dask["worker"].make_context("worker", ["tcp://scheduler:8786", "--threads=1"])


def test_prefect_puts_its_pages_where_the_user_of_the_image_may_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it serves none: it copies them, and beside its own code if not told otherwise."""
    from prefect.settings import Settings

    (said,) = re.findall(r"(PREFECT_SERVER_UI_STATIC_DIRECTORY)=(/tmp/\S+)", text("deploy/Dockerfile"))
    monkeypatch.setenv(*said)
    assert Settings().server.ui.static_directory == said[1]


def test_hadolint_takes_the_dockerfile() -> None:
    done = asked(tool("hadolint"), "deploy/Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")
