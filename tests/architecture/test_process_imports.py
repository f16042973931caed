"""The modules that each kind of process imports: they cost time at the start, and memory."""

import json
import subprocess
import sys
from functools import cache

import pytest

from tests.architecture.source import ROOT

_LIST = """
import json, os, sys
names, threads = sorted(sys.modules), len(os.listdir("/proc/self/task"))
print(json.dumps([names, threads]))
"""
_SUPERVISOR = "import veza.cli.main, veza.cli.serving"
_PREFORK = """
import veza.cli.main, veza.cli.prefork
from veza.launcher.http_server import assemble
from veza.app.settings.settings import Settings
assemble(Settings())
"""
_WORKER = "import veza.cli.main, veza.cli.worker"

# Outside the standard library.
_SUPERVISOR_MAY = {
    "asyncpg",
    "attr",
    "imageio_ffmpeg",
    "markdown_it",
    "mdurl",
    "msgspec",
    "pygments",
    "rich",
    "structlog",
    "typing_extensions",
    "veza",
}
_ONLY_THE_WORKER_USES = {"mutagen", "numpy"}
# `google` is protobuf, in which the SDK of OpenTelemetry sends spans.
_NOBODY_USES_BY_DEFAULT = {*("google", "httpx", "joserfc", "requests", "stripe", "typst")}


@cache
def _load(code: str) -> tuple[frozenset[str], int]:
    """Run code in a new interpreter; return the modules it loaded, and its number of threads."""
    done = subprocess.run(
        [sys.executable, "-c", code + _LIST], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names, threads = json.loads(done.stdout.splitlines()[-1])
    return frozenset(names), threads


def _packages(code: str) -> set[str]:
    found = {name.partition(".")[0] for name in _load(code)[0]}
    # `_…` and the others that are no package: of the installation, and of compiled modules.
    ours = {name for name in found if not name.startswith(("_", "sitecustomize"))}
    return ours - sys.stdlib_module_names - {"cython_runtime"}


def test_the_supervisor_imports_no_more_than_it_needs():
    assert _packages(_SUPERVISOR) <= _SUPERVISOR_MAY


def test_the_supervisor_imports_no_feature():
    areas = ("veza.domains", "veza.http.", "veza.migrations", "veza.app.api", "veza.app.services")
    assert [name for name in _load(_SUPERVISOR)[0] if name.startswith(areas)] == []


def test_the_ingest_imports_no_feature_and_no_driver_of_the_engines():
    names, _ = _load("import veza.infra.ingest.ingest_process")
    areas = ("veza.domains", "veza.http.", "veza.app", "asyncpg", "valkey")
    assert [name for name in names if name.startswith(areas)] == []


def test_http_processes_import_nothing_that_only_the_worker_uses():
    unused = _ONLY_THE_WORKER_USES | _NOBODY_USES_BY_DEFAULT
    assert _packages(_PREFORK) & unused == set()


@pytest.mark.long
def test_the_worker_imports_no_provider():
    assert _packages(_WORKER) & _NOBODY_USES_BY_DEFAULT == set()
    # The list above would mean nothing if these were not loaded here.
    assert _packages(_WORKER) >= _ONLY_THE_WORKER_USES - {"typer"}


@pytest.mark.parametrize("code", [_SUPERVISOR, _PREFORK])
def test_nothing_starts_a_thread_when_it_is_imported(code: str):
    # What is forked later would wait for ever for a lock that a thread held at that moment.
    assert _load(code)[1] == 1
