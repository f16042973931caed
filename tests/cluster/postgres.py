"""PostgreSQL with a streaming replica, to which a failover is possible."""

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import asyncpg
from msgspec import Struct

from tests.cluster.program import Program
from tests.journeys.served import until
from veza.infra.processes.embedded import UnixUser
from veza.infra.processes.embedded_cluster import open_cluster
from veza.infra.processes.embedded_postgres import SETTINGS

START_S = 60
REPLICA_NAME = "replica"
_SETTINGS = SETTINGS | {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "wal_level": "replica",
    "hot_standby": "on",
    # A replica that was started again asks for what it has missed.
    "wal_keep_size": "256MB",
}
_ROLES = ("postgres", "veza_owner", "veza_app", "replicator")


class Installed(Struct, frozen=True):
    """The folder of PostgreSQL's programs, and the user they run as: they refuse to run as root."""

    programs: Path
    account: UnixUser | None

    def run(self, *command: str, folder: Path, password: str = "") -> None:
        """Run a program of PostgreSQL to its end."""
        account = self.account
        done = subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            cwd=folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "PGPASSWORD": password},
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def make_folder(self, folder: Path) -> Path:
        folder.mkdir(mode=0o700)
        if self.account is not None:
            os.chown(folder, self.account.uid, self.account.gid)
        return folder


def find_installed(folder: Path) -> Installed:
    """Find the programs, those of the wheel or of the machine, as the program itself does."""
    found = asyncio.run(open_cluster(folder))
    return Installed(found.program.path.parent, found.account)


class Server:
    """One PostgreSQL; first without a life of its own."""

    def __init__(
        self, name: str, folder: Path, port: int, *, installed: Installed, password: str
    ) -> None:
        self.port = port
        self.password = password
        self.installed = installed
        self.data = installed.make_folder(folder / name)
        command = [str(installed.programs / "postgres"), "-D", str(self.data), f"--port={port}"]
        command += [f"--{key}={value}" for key, value in _SETTINGS.items() if key != "port"]
        self.program = Program(
            name,
            command,
            installed.make_folder(folder / f"{name}-run"),
            account=installed.account,
            death_signal=signal.SIGQUIT,
        )

    def url(self, role: str, database: str = "veza") -> str:
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        # Of one that was killed: its process id may be another process's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self.program.start()
        until(self.answers, START_S, self.program.log)

    def answers(self) -> bool:
        with suppress(OSError, asyncpg.PostgresError):
            return self.query("select 1", database="postgres") == 1
        return False

    def query(self, sql: str, *, database: str = "veza") -> object:
        """Run one statement as superuser; return its first value."""

        async def run() -> object:
            connection = await asyncpg.connect(self.url("postgres", database), timeout=5)
            try:
                return await connection.fetchval(sql)
            finally:
                await connection.close()

        return asyncio.run(run())

    def kill(self) -> None:
        """Kill all of it at once, as a machine that loses power."""
        _, *children = self.program.family()
        self.program.kill()
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        if self.program.is_running:
            self.program.stop(signal.SIGINT)


def create_primary(server: Server) -> None:
    """Create the data, the roles and the database, as docs/operation.md says, and start it."""
    installed, secret = server.installed, server.program.log_path.with_name("password")
    secret.write_text(server.password)
    secret.chmod(0o644)
    installed.run(
        *("initdb", f"--pgdata={server.data}", "--username=postgres", f"--pwfile={secret}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
        *("--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        folder=server.data,
    )
    server.start()
    for role in _ROLES[1:]:
        rights = "replication" if role == "replicator" else ""
        sql = f"create role {role} login {rights} password '{server.password}'"
        server.query(sql, database="postgres")
    for sql in (
        "create database veza owner veza_owner encoding 'UTF8' template template0",
        "revoke all on database veza from public",
        "grant connect, temporary on database veza to veza_app",
    ):
        server.query(sql, database="postgres")


def create_replica(replica: Server, primary: Server) -> None:
    """Copy the primary, start the copy, and have every commit wait for it."""
    replica.installed.run(
        *("pg_basebackup", f"--pgdata={replica.data}", "--checkpoint=fast", "--wal-method=stream"),
        "--write-recovery-conf",
        "--dbname",
        f"host=127.0.0.1 port={primary.port} user=replicator application_name={REPLICA_NAME}",
        folder=replica.data,
        password=primary.password,
    )
    replica.start()
    set_synchronous(primary, REPLICA_NAME)


def set_synchronous(primary: Server, names: str) -> None:
    """Make commits wait for replicas of these names, or for none."""
    # Waiting for itself would be for a replica that isn't there yet, or any more.
    primary.query(f"alter system set synchronous_standby_names = '{names}'", database="postgres")
    primary.query("select pg_reload_conf()", database="postgres")


def promote(replica: Server) -> None:
    """Make the replica the primary: it is one when this returns."""
    replica.query("select pg_promote(true, 60)", database="postgres")
