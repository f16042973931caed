"""`deploy/kubernetes`: the manifests fit the server and each other, and pods have few rights."""

from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.deploy.manifests import (
    DEPLOY,
    has_probe,
    make_secrets,
    parse_command,
    read_environment,
    read_yaml,
)

FOLDER = DEPLOY / "kubernetes"
KUSTOMIZATION = read_yaml(FOLDER / "kustomization.yaml")[0]
OBJECTS = [part for name in KUSTOMIZATION["resources"] for part in read_yaml(FOLDER / name)]
DEPLOYMENTS = [part for part in OBJECTS if part["kind"] == "Deployment"]
SETTINGS: dict[str, str] = next(part for part in OBJECTS if part["kind"] == "ConfigMap")["data"]

each_deployment = pytest.mark.parametrize(
    "deployment", DEPLOYMENTS, ids=lambda part: part["metadata"]["name"]
)


def _find(kind: str) -> list[dict[str, Any]]:
    return [part for part in OBJECTS if part["kind"] == kind]


def _container_of(deployment: dict[str, Any]) -> dict[str, Any]:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return container


def test_every_file_belongs_to_it() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        *KUSTOMIZATION["resources"],
        "kustomization.yaml",
    }
    assert len(DEPLOYMENTS) == 2


def test_its_settings_are_known_and_its_secrets_documented(tmp_path: Path) -> None:
    made = make_secrets(tmp_path)
    settings = read_environment(SETTINGS, tmp_path / "secrets")
    files = [Path(value).name for name, value in SETTINGS.items() if name.endswith("_FILE")]
    page = (ROOT / "docs" / "operation.md").read_text()

    assert settings.workers == 1
    for name in files:
        assert name in made
        assert f"--from-file={name}" in page


@each_deployment
def test_its_pods_run_without_rights(deployment: dict[str, Any]) -> None:
    pod, container = deployment["spec"]["template"]["spec"], _container_of(deployment)

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]) == {"requests", "limits"}
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert set(mounted) == {volume["name"] for volume in pod["volumes"]}
    assert set(mounted.values()) == {"/var/lib/veza", "/tmp", "/run/secrets/veza"}


@each_deployment
def test_its_command_and_selectors_fit(deployment: dict[str, Any]) -> None:
    spec, container = deployment["spec"], _container_of(deployment)
    labels = spec["template"]["metadata"]["labels"]
    images = {image["name"] for image in KUSTOMIZATION["images"]}

    assert parse_command(container["args"]).command in {"serve", "worker"}
    assert container["image"] in images
    assert container["envFrom"] == [{"configMapRef": {"name": "veza"}}]
    assert spec["selector"]["matchLabels"] == labels
    assert any(budget["spec"]["selector"]["matchLabels"] == labels for budget in _find(_BUDGET))


_BUDGET = "PodDisruptionBudget"


def test_the_probes_ask_routes_of_the_health_address() -> None:
    container = _container_of(DEPLOYMENTS[0])
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    arguments = parse_command(container["args"])

    assert ports == {"http": arguments.port, "health": 8081}
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[name]["httpGet"]
        assert asked["port"] == "health"
        assert has_probe(asked["path"])
    # A pod whose database is away is not restarted.
    assert container["livenessProbe"]["httpGet"]["path"].endswith("/healthz")


def test_the_service_and_the_policies_name_ports_of_the_pods() -> None:
    container = _container_of(DEPLOYMENTS[0])
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    labels = DEPLOYMENTS[0]["spec"]["template"]["metadata"]["labels"]
    (service,) = _find("Service")
    policies = {part["metadata"]["name"]: part["spec"] for part in _find("NetworkPolicy")}

    assert service["spec"]["selector"] == labels
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http"]
    assert policies["veza-nothing"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    admitted = [port["port"] for rule in policies["veza-http"]["ingress"] for port in rule["ports"]]
    assert policies["veza-http"]["podSelector"]["matchLabels"] == labels
    assert admitted == [ports["http"], ports["health"]]
