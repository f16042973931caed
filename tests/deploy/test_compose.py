"""`deploy/container/compose.yaml`: its services fit the image, the settings and each other."""

import re
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deploy.manifests import (
    CONTAINER,
    has_probe,
    make_secrets,
    parse_command,
    read_environment,
    read_yaml,
)

COMPOSE: dict[str, Any] = read_yaml(CONTAINER / "compose.yaml")[0]
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VEZA = ["veza", "worker"]


def _fill_in(value: str) -> str:
    return re.sub(r"\$\{VEZA_DOMAIN:\?[^}]*\}", "music.example", value)


@pytest.mark.parametrize("name", VEZA)
def test_veza_starts_with_its_settings(name: str, tmp_path: Path) -> None:
    make_secrets(tmp_path)
    service = SERVICES[name]
    environment = {key: _fill_in(value) for key, value in service["environment"].items()}
    settings = read_environment(environment, tmp_path / "secrets")

    assert parse_command(service["command"]).command in {"serve", "worker"}
    # All that differs between nodes where it isn't set.
    assert settings.jwt_secret
    assert settings.live_hook_secret
    assert settings.live_sealing_keys
    assert settings.vapid_private_key
    assert settings.hyperswitch_webhook_secret
    assert settings.database_url != settings.migration_database_url
    front = COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert settings.trusted_proxies == [ip_network(front).with_prefixlen]


def test_the_addresses_in_secrets_are_services(tmp_path: Path) -> None:
    secrets = make_secrets(tmp_path)
    urls = [secrets[name] for name in secrets if name.endswith("_url")]
    hosts = {urlsplit(url).hostname for url in urls if not url.startswith("s3:")}
    endpoint = re.search(r"endpoint=http://(\w+):(\d+)", secrets["storage_url"])

    assert endpoint is not None
    assert {*hosts, endpoint[1]} == {"postgres", "valkey", "s3"}
    assert f"-s3.port={endpoint[2]}" in SERVICES["s3"]["command"]
    with pytest.raises(subprocess.CalledProcessError):
        # They are never replaced.
        make_secrets(tmp_path)


def test_each_secret_is_made_and_reaches_a_service(tmp_path: Path) -> None:
    secrets = make_secrets(tmp_path)
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}

    assert {name: part["file"] for name, part in COMPOSE["secrets"].items()} == {
        name: f"secrets/{name}" for name in secrets
    }
    assert used == set(secrets)
    assert len(set(secrets.values())) == len(secrets)
    for name, service in SERVICES.items():
        asked = re.findall(r"/run/secrets/([\w.]+)", str(service) + _read_mounted(service))
        assert set(asked) == set(service.get("secrets", [])), name


def test_every_file_and_volume_that_is_mounted_exists() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.partition(":")[0]
            if source.startswith("."):
                assert (CONTAINER / source).is_file()
            elif not source.startswith("/"):
                assert source in COMPOSE["volumes"]
    build = SERVICES["veza"]["build"]
    assert (CONTAINER / build["context"] / build["dockerfile"]).is_file()


def test_no_service_has_more_rights_than_it_needs() -> None:
    for name, service in SERVICES.items():
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "mem_limit" in service, name
        assert service.get("read_only") or name == "s3", name
    for name in VEZA:
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    # The engines are reached by Veza only.
    assert COMPOSE["networks"]["back"]["internal"] is True
    published = {name for name, service in SERVICES.items() if "ports" in service}
    assert published == {"nginx"}
    assert {name for name in SERVICES if SERVICES[name]["networks"] == ["back"]} == {
        *("postgres", "valkey", "s3")
    }


def test_its_health_check_asks_a_probe() -> None:
    (url,) = re.findall(r"http://127\.0\.0\.1:8081(/[\w/]+)", str(SERVICES["veza"]["healthcheck"]))

    assert has_probe(url)


def _read_mounted(service: dict[str, Any]) -> str:
    mounts = [mount.partition(":")[0] for mount in service.get("volumes", [])]
    return "".join((CONTAINER / mount).read_text() for mount in mounts if mount[:2] == "./")
