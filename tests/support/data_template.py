"""A data directory whose database has all migrations, to be copied for each server of the tests.

`initdb` and the migrations take 1.5 s of a core and wait for the disk; a copy takes 0.2 s. The
program's own launcher makes the template, once for each state of the migrations. Tests of the first
start begin with an empty directory.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.infra.postgres import migrate
from veza.infra.processes import embedded_cluster, embedded_postgres
from veza.infra.security.secrets import Secrets, load_secrets
from veza.launcher.embedded_engines import own_engines

_PROJECT = Path(__file__).parents[2]
_TEMPLATES = _PROJECT / "build" / "test-data"
# Templates of other commits are kept for a while, and then removed.
_UNUSED_S = 24 * 3600


def fill(data_dir: Path) -> None:
    """Give a data directory that doesn't exist, or is empty, a database with all migrations."""
    template = _find_template()
    engines = data_dir / "engines"
    data_dir.mkdir(mode=0o700, exist_ok=True)
    engines.mkdir(mode=0o700)
    _copy(template / "engines" / "postgres", engines / "postgres")
    # The program draws the others, as it does where an older version has written the file.
    found = load_secrets(template)
    ours = Secrets("", found.postgres_owner, found.postgres_app, "")
    path = data_dir / "secrets.json"
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(ours))


@cache
def _find_template() -> Path:
    """Return the template of this commit; make it, unless another process has."""
    template = _TEMPLATES / _name_state()
    with _locked():
        if template.exists():
            os.utime(template)
        else:
            _remove_unused()
            _make(template)
    return template


def _name_state() -> str:
    """Return a digest of what the template is made of."""
    sources = [embedded_cluster.__file__, embedded_postgres.__file__, migrate.__file__]
    texts = [Path(source).read_text() for source in sources]
    texts += [version("veza"), version("embedded-postgres"), str(os.geteuid())]
    return hashlib.sha256(repr((texts, migrate.read_migrations())).encode()).hexdigest()[:16]


@contextmanager
def _locked() -> Iterator[None]:
    _TEMPLATES.mkdir(parents=True, exist_ok=True)
    with (_TEMPLATES / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(template: Path) -> None:
    # A short path, for sockets lie below it.
    with tempfile.TemporaryDirectory(prefix="veza-") as made:
        # Others than root must get at their own folders.
        Path(made).chmod(0o755)
        # The engines end with the thread that starts them, and this one may have a loop.
        command = [sys.executable, "-m", "tests.support.data_template", made]
        subprocess.run(command, cwd=_PROJECT, check=True, stdout=subprocess.DEVNULL)
        unfinished = template.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _copy(Path(made), unfinished)
        unfinished.rename(template)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder with its owners, without its bytes where the file system can."""
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


def _remove_unused() -> None:
    for path in _TEMPLATES.iterdir():
        if path.is_dir() and time.time() - path.stat().st_mtime > _UNUSED_S:
            shutil.rmtree(path)


async def _start_once(data_dir: Path) -> None:
    async with own_engines(Settings(env=Environment.TEST, data_dir=data_dir)):
        pass


if __name__ == "__main__":
    asyncio.run(_start_once(Path(sys.argv[1])))
