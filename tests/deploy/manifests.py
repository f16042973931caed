"""Reads the files of `deploy`, and the settings, ports and paths that they name."""

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.architecture.source import ROOT
from veza.app.paths import PREFIX
from veza.app.settings.environment import find_unknown_settings, read_settings
from veza.app.settings.settings import Settings
from veza.cli.main import _create_parser
from veza.domains.platform.monitoring import routes

DEPLOY = ROOT / "deploy"
CONTAINER = DEPLOY / "container"


def read_yaml(path: Path) -> list[Any]:
    """Return the documents of a file."""
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def parse_command(arguments: Iterable[str]) -> Any:
    """Return what the command line makes of arguments; SystemExit where it knows them not."""
    return _create_parser().parse_args(list(arguments))


def make_secrets(folder: Path) -> dict[str, str]:
    """Run the script that makes the secrets, beside a copy of itself; return them by name."""
    shutil.copy(CONTAINER / "make-secrets.sh", folder)
    subprocess.run(["sh", folder / "make-secrets.sh"], check=True, capture_output=True)
    return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}


def read_environment(environment: Mapping[str, str], secrets: Path) -> Settings:
    """Return the settings of a container whose secrets are in a folder of this machine."""
    assert find_unknown_settings(environment) == []
    given = dict(environment)
    for name, value in environment.items():
        if name.endswith("_FILE"):
            assert value.startswith("/run/secrets/")
            given[name] = str(secrets / Path(value).name)
    return read_settings(given)


def has_probe(path: str) -> bool:
    """Return whether a path is one of those that probes may ask."""
    return path.startswith(PREFIX) and path.removeprefix(PREFIX) in routes._HANDLERS
