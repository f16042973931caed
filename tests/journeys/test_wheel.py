"""The wheel is complete: installed away from the sources, it serves pages, music and its data."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.architecture.source import ROOT
from tests.journeys.served import Server, prepared

pytestmark = pytest.mark.long

_BUILDER = "from setuptools import build_meta as b; b.build_{}({!r})"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Return a folder with a wheel and an sdist, built from a copy of the sources."""
    copy, folder = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for kind in ("sdist", "wheel"):
        _run(sys.executable, "-c", _BUILDER.format(kind, str(folder)), cwd=copy)
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """Return the Python of an environment with the wheel, and with what the wheel asks for."""
    folder = tmp_path_factory.mktemp("installed")
    *install, _ = _read_commands(folder, wheel)
    # All that it asks for is here already: fetching it again takes a minute.
    _run(
        "sh", "-ec", "\n".join(install), env=os.environ | {"PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}
    )
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin/python"


def _read_commands(folder: Path, wheel: Path) -> list[str]:
    """Return the commands of "From the wheel" in docs/operation.md, for this machine."""
    page = (ROOT / "docs" / "operation.md").read_text()
    text = page.partition("### From the wheel\n")[2].partition("```sh\n")[2].partition("```")[0]
    text = re.sub(r"veza-[\d.]+-py3-none-any\.whl", str(wheel), text)
    text = text.replace("/opt/veza/.venv", str(folder)).replace("python3 ", f"{sys.executable} ")
    return text.splitlines()


def test_it_contains_every_file_of_the_sources(wheel, built):
    known = _run("git", "ls-files", "src", cwd=ROOT) if (ROOT / ".git").exists() else ""
    if not known:
        pytest.skip("Without Git it is not known which files belong to the sources.")
    wanted = {line.removeprefix("src/") for line in known.splitlines()}
    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        packed = {name.partition("/src/")[2] for name in sdist.getnames()}
    assert wanted - packed == set()


def test_it_asks_for_the_pinned_releases(wheel):
    folder = f"{wheel.name.rsplit('-', 3)[0]}.dist-info"
    metadata = zipfile.ZipFile(wheel).read(f"{folder}/METADATA").decode()
    asked = [
        line.partition(": ")[2].replace(" ", "").replace('"', "'")
        for line in metadata.splitlines()
        if line.startswith("Requires-Dist")
    ]
    pins = (ROOT / "requirements/wheel.txt").read_text().replace(" ", "").splitlines()
    assert sorted(asked) == sorted(pins)


def test_it_contains_its_licence(wheel, built):
    folder = f"{wheel.name.rsplit('-', 3)[0]}.dist-info"
    text = (ROOT / "LICENSE").read_bytes()
    assert zipfile.ZipFile(wheel).read(f"{folder}/licenses/LICENSE") == text
    metadata = zipfile.ZipFile(wheel).read(f"{folder}/METADATA").decode()
    assert "License-Expression: AGPL-3.0-or-later\n" in metadata
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        name = next(name for name in sdist.getnames() if name.endswith("/LICENSE"))
        assert sdist.extractfile(name).read() == text


@pytest.fixture(scope="module")
def server(python) -> Iterator[Server]:
    with prepared() as server:
        server.python = str(python)
        server.start()
        yield server
        server.stop()


def test_it_serves_and_does_its_checks(server, python, wheel):
    for path, word in (("/", "<title>"), ("/swagger", "swagger"), ("/api/v1/tracks", "[]")):
        answer = httpx.get(server.url + path)
        assert answer.status_code == 200
        assert word in answer.text
    *_, check = _read_commands(python.parent.parent, wheel)
    assert "migrations" in _run(*check.split(), env=server.environment(), cwd="/")
    where = _run(python, "-c", "import veza; print(veza.__path__[0])", cwd="/")
    assert where.startswith(str(python.parent.parent))


def _run(*command: object, **options: object) -> str:
    run = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        **{"env": {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}, **options},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
