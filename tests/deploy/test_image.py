"""`deploy/container/Containerfile`: what it copies and runs exists, and it needs few rights."""

import asyncio
import json
import re
import shlex
import subprocess
from fnmatch import fnmatch

import httpx
import pytest

from tests.architecture.source import ROOT
from tests.deploy.manifests import CONTAINER, has_probe, parse_command
from veza.app.paths import PREFIX
from veza.app.settings.environment import find_unknown_settings, read_settings
from veza.launcher.worker_metrics import WorkerApp


def _read_stages() -> list[list[tuple[str, str]]]:
    """Return the instructions before the first stage and in each one, as name and rest."""
    text = (CONTAINER / "Containerfile").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    stages: list[list[tuple[str, str]]] = [[]]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, rest = line.partition(" ")
        if name == "FROM":
            stages.append([])
        if name:
            stages[-1].append((name, rest.strip()))
    return stages


BEFORE, BUILD, FINAL = _read_stages()
RUNS = [rest for stage in (BUILD, FINAL) for name, rest in stage if name == "RUN"]


def _read_final(name: str) -> str:
    (rest,) = [rest for each, rest in FINAL if each == name]
    return rest


def _read_env() -> dict[str, str]:
    return dict(part.split("=", 1) for part in shlex.split(_read_final("ENV")))


def test_what_it_copies_exists_and_is_not_ignored() -> None:
    kept = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    sources = [
        source.rstrip("/") for name, rest in BUILD if name == "COPY" for source in rest.split()[:-1]
    ]
    assert sources == ["requirements", "pyproject.toml", "README.md", "LICENSE", "src"]
    for source in sources:
        assert (ROOT / source).exists()
        assert any(fnmatch(source, pattern.partition("/")[0]) for pattern in kept)


def test_what_it_installs_is_pinned_with_hashes() -> None:
    named = re.findall(r"--requirement (\S+)", " ".join(RUNS))

    assert [name.removeprefix("/build/") for name in named] == [
        "requirements/build.txt",
        "requirements/runtime.txt",
    ]
    assert "--require-hashes" in " ".join(RUNS)
    assert not re.search(r"--(extra-)?index-url|https?://", " ".join(RUNS))


@pytest.mark.parametrize("command", RUNS, ids=range(len(RUNS)))
def test_its_shell_commands_can_be_read(command: str) -> None:
    subprocess.run(["sh", "-n", "-c", command], check=True)


def test_it_runs_as_a_named_user_without_rights() -> None:
    user, _, group = _read_final("USER").partition(":")

    assert user == group == "10001"
    assert any(f"useradd --uid {user} " in command for command in RUNS)
    assert FINAL.index(("USER", f"{user}:{group}")) > max(
        position for position, (name, _) in enumerate(FINAL) if name in {"RUN", "COPY"}
    )


def test_it_starts_a_server_on_the_ports_that_it_exposes() -> None:
    entry = json.loads(_read_final("ENTRYPOINT"))
    arguments = parse_command(json.loads(_read_final("CMD")))
    health = _read_env()["VEZA_HEALTH_ADDRESS"].rpartition(":")[2]

    assert entry == ["tini", "--", "veza"]
    assert arguments.command == "serve"
    assert arguments.host == "0.0.0.0"
    assert _read_final("EXPOSE").split() == [str(arguments.port), health]


def test_its_base_can_be_named_by_digest() -> None:
    [(name, rest)] = BEFORE
    assert (name, rest.partition("=")[0]) == ("ARG", "BASE")
    assert [rest for stage in (BUILD, FINAL) for name, rest in stage if name == "FROM"] == [
        "${BASE} AS build",
        "${BASE}",
    ]
    page = (ROOT / "docs" / "operation.md").read_text()
    assert f"docker://{rest.partition('=')[2]}\n" in page
    assert "--build-arg BASE=" in page


def test_its_health_check_is_answered_by_servers_and_by_lone_workers() -> None:
    options, _, command = _read_final("HEALTHCHECK").partition(" CMD ")
    program = json.loads(command)
    (port, path) = re.findall(r"http://127\.0\.0\.1:(\d+)([/\w]+)", program[2])[0]

    assert "--retries=3" in options
    assert program[:2] == ["python", "-c"]
    compile(program[2], "health check", "exec")
    environment = _read_env()
    for setting in ("VEZA_HEALTH_ADDRESS", "VEZA_WORKER_METRICS_ADDRESS"):
        assert environment[setting] == f"0.0.0.0:{port}"
    assert has_probe(f"{PREFIX}{path}")
    assert asyncio.run(_ask_worker(path)) == 200


async def _ask_worker(path: str) -> int:
    transport = httpx.ASGITransport(WorkerApp())  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        return (await client.get(path)).status_code


def test_its_settings_exist_and_all_that_it_writes_is_a_volume() -> None:
    environment = _read_env()
    settings = read_settings(environment)

    assert find_unknown_settings(environment) == []
    assert settings.is_production
    assert json.loads(_read_final("VOLUME")) == [str(settings.data_dir), "/tmp"]
    assert _read_final("WORKDIR") == str(settings.data_dir)
