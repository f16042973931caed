"""Clients that others' generators make of the OpenAPI document: no warning, and calls succeed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.application import openapi_document
from tests.architecture.source import ROOT
from tests.journeys.npm import NODE, install
from tests.journeys.served import Server
from tests.make import PASSWORD

pytestmark = pytest.mark.long

_CALLS = Path(__file__).parent / "client_python/calls.py"
_MODULES = {
    "hey-api": "@hey-api/openapi-ts/bin/run.js",
    "openapi-typescript": "openapi-typescript/bin/cli.js",
    "typescript": "typescript/bin/tsc",
}
# Each with what follows the name of the document.
_GENERATORS = {
    "hey-api": ("-o", "hey", "--no-log-file"),
    "openapi-typescript": ("--output", "schema.d.ts", "--default-non-nullable=false"),
}
_CLIENTS = {"hey-api": "hey.js", "openapi-typescript": "fetch.js"}


@pytest.fixture(scope="module")
def clients_js(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the generators of npm, the clients that they made, and programs, compiled."""
    folder = install("clients_js", tmp_path_factory.mktemp("js"))
    (folder / "openapi.json").write_bytes(openapi_document())
    for name, options in _GENERATORS.items():
        argument = ["-i", "openapi.json"] if name == "hey-api" else ["openapi.json"]
        printed = _run(folder, NODE / "bin/node", _program(name), *argument, *options)
        assert "warn" not in printed.lower(), printed
    _run(folder, NODE / "bin/node", _program("typescript"), "-p", ".")
    return folder


@pytest.mark.parametrize("name", _CLIENTS)
def test_a_client_in_typescript_calls_ten_operations(
    name: str, clients_js: Path, server: Server
) -> None:
    member = name.replace("-", "_")
    _run(clients_js, NODE / "bin/node", f"built/{_CLIENTS[name]}", server.url, member, PASSWORD)


def test_a_client_in_python_calls_ten_operations(tmp_path: Path, server: Server) -> None:
    (tmp_path / "openapi.json").write_bytes(openapi_document())
    printed = _run(
        tmp_path,
        *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
        *("--path", "openapi.json", "--output-path", "veza_client"),
        *("--config", ROOT / "docs/openapi-python-client.yaml"),
    )

    assert printed.strip() == "Generating veza_client"
    _run(tmp_path, sys.executable, _CALLS, server.url, "python_client", PASSWORD)


def _program(name: str) -> str:
    return f"node_modules/{_MODULES[name]}"


def _run(folder: Path, *command: str | Path) -> str:
    """Run a program in a folder whose modules Python finds; return what it printed."""
    # The generator of Python has ruff format what it has written.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
