"""The whole cluster: its engines, three nodes for HTTP, two for jobs, and nginx."""

import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster import postgres
from tests.cluster.disk import SIZE_MIB, Disk
from tests.cluster.nginx import Nginx
from tests.cluster.nodes import HttpNode, WorkerNode
from tests.cluster.pgbouncer import PgBouncer
from tests.cluster.program import Program
from tests.cluster.proxy import Proxy
from tests.cluster.s3 import S3
from tests.cluster.valkey import Valkey
from tests.journeys.served import free_port

ADMIN = ("admin@example.com", "a long password of the cluster")


class Cluster:
    """Everything that runs, by name. Between the nodes and their engines there are proxies."""

    def __init__(
        self,
        folder: Path,
        settings: dict[str, str],
        *,
        http_nodes: int,
        worker_nodes: int,
        disk_mib: int,
    ) -> None:
        self.folder = folder
        self._is_made = False
        self.password = secrets.token_hex(16)
        installed = postgres.find_installed(folder)
        self.primary, self.replica = (
            postgres.Server(name, folder, free_port(), installed=installed, password=self.password)
            for name in ("primary", "replica")
        )
        self.pgbouncer = PgBouncer(folder, free_port(), self.primary)
        self.valkey = Valkey(folder, free_port())
        self.disk = Disk(folder / "disk", disk_mib)
        self.s3 = S3(self.disk.folder)
        self.database_proxy = Proxy(free_port(), self.pgbouncer.port)
        self.valkey_proxy = Proxy(free_port(), self.valkey.port)
        shared = self._settings() | settings
        # The first node is the one whose network fails.
        troubled = shared | {
            "VEZA_DATABASE_URL": _lead(self.pgbouncer.url, self.database_proxy.port),
            "VEZA_VALKEY_URL": _lead(self.valkey.url, self.valkey_proxy.port),
        }
        self.nodes = [
            HttpNode(self.disk.folder / f"http{n}", folder, free_port(), shared if n else troubled)
            for n in range(http_nodes)
        ]
        # Workers listen for notifications, which PgBouncer passes on to nobody.
        self.direct = direct = shared | {"VEZA_DATABASE_URL": self.direct_url("veza_app")}
        self.workers = [
            WorkerNode(self.disk.folder / f"worker{n}", folder, free_port(), direct)
            for n in range(worker_nodes)
        ]
        self.nginx = Nginx(folder, free_port(), [node.port for node in self.nodes])

    @property
    def url(self) -> str:
        return self.nginx.url

    def direct_url(self, role: str) -> str:
        """The database without PgBouncer: whichever of the two servers is the primary."""
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.replica.port}"
        who = f"{role}:{self.password}"
        return f"postgresql://{who}@{hosts}/veza?target_session_attrs=read-write"

    def programs(self) -> list[Program]:
        """All programs, in the order in which they start."""
        engines = (self.primary, self.replica, self.pgbouncer, self.valkey, self.s3)
        parts = (*engines, *self.nodes, *self.workers, self.nginx)
        return [part.program for part in parts]

    @property
    def is_running(self) -> bool:
        """Return whether all nodes run."""
        return all(node.program.is_running for node in (*self.nodes, *self.workers))

    def start(self) -> None:
        """Start everything; called again, start again what was stopped or killed."""
        if not self._is_made:
            postgres.create_primary(self.primary)
            postgres.create_replica(self.replica, self.primary)
            for proxy in (self.database_proxy, self.valkey_proxy):
                proxy.start()
            self._is_made = True
        for part in (self.primary, self.replica, self.pgbouncer, self.valkey, self.s3):
            if not part.program.is_running:
                part.start()
        # The first one migrates; the others start together.
        first, *others = [
            node for node in (*self.nodes, *self.workers) if not node.program.is_running
        ]
        first.start()
        for node in others:
            node.program.start()
        for node in others:
            node.wait_until_ready()
        if not self.nginx.program.is_running:
            self.nginx.start()

    def stop(self) -> None:
        """Stop everything in order: what uses another part before that part."""
        for program in reversed(self.programs()):
            if program.name in {"primary", "replica"}:
                continue
            if program.is_running:
                program.stop()
        for server in (self.replica, self.primary):
            server.stop()
        for proxy in (self.database_proxy, self.valkey_proxy):
            proxy.stop()
        self.disk.unmount()

    def _settings(self) -> dict[str, str]:
        return {
            "VEZA_ENV": "test",
            "VEZA_DATABASE_URL": self.pgbouncer.url,
            "VEZA_MIGRATION_DATABASE_URL": self.direct_url("veza_owner"),
            "VEZA_DATABASE_REPLICA_URL": self.replica.url("veza_app"),
            "VEZA_VALKEY_URL": self.valkey.url,
            "VEZA_STORAGE_URL": self.s3.url("veza"),
            "VEZA_JWT_SECRET": secrets.token_hex(32),
            "VEZA_LIVE_SEALING_KEYS": secrets.token_hex(32),
            "VEZA_LIVE_HOOK_SECRET": secrets.token_hex(16),
            "VEZA_HYPERSWITCH_WEBHOOK_SECRET": secrets.token_hex(16),
            "VEZA_TRUSTED_PROXIES": "127.0.0.1",
            "VEZA_ADMIN_EMAIL": ADMIN[0],
            "VEZA_ADMIN_PASSWORD": ADMIN[1],
            # One client is the load of many.
            "VEZA_RATE_LIMIT_GLOBAL": "0",
            "VEZA_RATE_LIMIT_PER_IP": "0",
        }


@contextmanager
def running(**options: Any) -> Iterator[Cluster]:
    """A cluster that runs inside the `with`, with the options of `making`."""
    with making(**options) as cluster:
        cluster.start()
        yield cluster


@contextmanager
def making(
    *, http_nodes: int = 3, worker_nodes: int = 2, disk_mib: int = SIZE_MIB, **settings: str
) -> Iterator[Cluster]:
    """A cluster that isn't started yet; nothing of it is left in the end."""
    # A short path, for PostgreSQL's user must get at it, too.
    folder = Path(tempfile.mkdtemp(prefix="veza-cluster-"))
    folder.chmod(0o755)
    cluster = None
    try:
        sizes = {"http_nodes": http_nodes, "worker_nodes": worker_nodes, "disk_mib": disk_mib}
        cluster = Cluster(folder, settings, **sizes)
        yield cluster
    finally:
        if cluster is not None:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def end_at_sigterm() -> None:
    """End this process at SIGTERM as at Ctrl-C, so that nothing of the cluster is left."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _lead(url: str, port: int) -> str:
    """Return a URL that leads to another port."""
    start, at, rest = url.rpartition("@") if "@" in url else url.rpartition("//")
    host, _, path = rest.partition("/")
    return f"{start}{at}{host.rpartition(':')[0]}:{port}/{path}"
