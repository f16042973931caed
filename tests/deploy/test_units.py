"""The systemd units: systemd can read them, they start commands that exist, and have few rights."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.manifests import DEPLOY, parse_command
from veza.app.settings.environment import find_unknown_settings, read_settings
from veza.launcher.supervisor import STOP_TIMEOUT_S

PROGRAM = "/opt/veza/.venv/bin/veza"
# Of ten that `systemd-analyze security` counts: 9.6 without any restriction.
MOST_EXPOSED = 2.0

each_unit = pytest.mark.parametrize("name", ["veza.service", "veza-worker.service"])


def _read(name: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (DEPLOY / name).read_text(), re.MULTILINE)


@each_unit
def test_its_command_and_settings_exist(name: str) -> None:
    program, *arguments = shlex.split(_read(name, "ExecStart")[0])
    environment = dict(part.split("=", 1) for part in _read(name, "Environment"))
    settings = read_settings(environment)

    assert program == PROGRAM
    assert parse_command(arguments).command in {"serve", "worker"}
    assert find_unknown_settings(environment) == []
    assert settings.is_production
    assert str(settings.data_dir) == f"/var/lib/{_read(name, 'StateDirectory')[0]}"
    assert int(_read(name, "TimeoutStopSec")[0]) > STOP_TIMEOUT_S


@each_unit
def test_systemd_can_read_it(name: str, tmp_path: Path) -> None:
    _require_systemd()
    unit = tmp_path / name
    program = Path(sys.executable).with_name("veza")
    unit.write_text((DEPLOY / name).read_text().replace(PROGRAM, str(program)))

    run = _analyze("verify", "--man=no", str(unit))

    # What it says of other units of this machine is not about ours.
    assert name not in run.stdout + run.stderr


@each_unit
def test_it_has_few_rights(name: str) -> None:
    _require_systemd()
    run = _analyze("security", "--offline=true", "--no-pager", str(DEPLOY / name))
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", run.stdout)

    assert level is not None, run.stderr
    assert float(level[1]) <= MOST_EXPOSED


def _require_systemd() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed.")


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )
