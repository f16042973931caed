"""PgBouncer in transaction mode, in front of the primary."""

import os
import shutil
import signal
from pathlib import Path

from tests.cluster.postgres import Server
from tests.cluster.program import Program

# What docs/operation.md says of PgBouncer: both are to be the same.
_CONFIGURATION = """
[databases]
veza = host=127.0.0.1 port={server_port} connect_query='set statement_timeout = 10000'

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
pool_mode = transaction
max_prepared_statements = 200
ignore_startup_parameters = statement_timeout
default_pool_size = 20
max_client_conn = 1000
server_check_delay = 5
server_login_retry = 1
server_connect_timeout = 5
query_wait_timeout = 10
logfile =
"""


class PgBouncer:
    """One PgBouncer, whose database is that of a server."""

    def __init__(self, folder: Path, port: int, server: Server) -> None:
        self.port = port
        self._server = server
        self._folder = server.installed.make_folder(folder / "pgbouncer")
        path = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        assert path is not None, "PgBouncer is missing: apt-get install pgbouncer"
        self.program = Program(
            "pgbouncer",
            [path, str(self._folder / "pgbouncer.ini")],
            self._folder,
            account=server.installed.account,
        )

    @property
    def url(self) -> str:
        return f"postgresql://veza_app:{self._server.password}@127.0.0.1:{self.port}/veza"

    def start(self) -> None:
        (self._folder / "users.txt").write_text(f'"veza_app" "{self._server.password}"\n')
        self._write(self._server)
        self.program.start()

    def follow(self, server: Server) -> None:
        """Lead to another server: all connections to the former one are closed."""
        self._write(server)
        self.program.send(signal.SIGHUP)

    def _write(self, server: Server) -> None:
        text = _CONFIGURATION.format(server_port=server.port, port=self.port, folder=self._folder)
        (self._folder / "pgbouncer.ini").write_text(text)
