"""The cluster as a server of the journeys: they ask nginx, and commands run beside the workers.

With `VEZA_JOURNEYS=cluster` each journey of `make cluster-test` goes through a cluster of its own,
or through the one of all that leave it as it was.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.cluster.cluster import Cluster, making
from tests.cluster.program import Program
from tests.journeys import served as alone
from tests.journeys.served import Server, kill_if_there, processes_of


def is_through_cluster() -> bool:
    """Return whether journeys go through a cluster."""
    return os.environ.get("VEZA_JOURNEYS") == "cluster"


class ClusterServer(Server):
    """A server that is a cluster: what stops, kills or starts it does so to all of its nodes."""

    def __init__(self, cluster: Cluster) -> None:
        folder = cluster.folder / "commands"
        folder.mkdir()
        super().__init__(folder, **cluster.direct)
        self.data_dir.mkdir()
        self.port = cluster.nginx.port
        self._cluster = cluster

    @property
    def has_ended(self) -> bool:
        return not self._cluster.is_running

    @property
    def log(self) -> str:
        nodes = [*self._cluster.nodes, *self._cluster.workers]
        return "\n".join(node.program.log() for node in nodes)

    def start(self) -> None:
        """Start what does not run: the first time all of it, later what was stopped or killed."""
        self._cluster.start()
        self.wait_until_ready()

    def terminate(self) -> None:
        """Stop the nodes; their engines go on."""
        for node in (*self._cluster.nodes, *self._cluster.workers):
            node.program.terminate()

    def ensure_stopped(self) -> None:
        for node in (*self._cluster.nodes, *self._cluster.workers):
            code = node.program.wait()
            assert code == 0, f"{node.program.name} ended with {code}: {node.program.log()}"
            assert processes_of(node.data_dir) == {}, node.program.log()

    def kill(self) -> None:
        """Kill the nodes, Valkey and both PostgreSQL at once, as if all machines lost power."""
        for pid in self.processes():
            kill_if_there(pid)
        for program in (*self._databases(), self._cluster.valkey.program):
            program.wait()

    def processes(self) -> dict[int, str]:
        """Every process of the nodes and of the engines that the nodes' machines have."""
        nodes = (*self._cluster.nodes, *self._cluster.workers)
        found = {
            pid: command for node in nodes for pid, command in processes_of(node.data_dir).items()
        }
        for program in (*self._databases(), self._cluster.valkey.program):
            if program.is_running:
                found |= dict.fromkeys(program.family(), program.name)
        return found

    def _databases(self) -> Sequence[Program]:
        return (self._cluster.primary.program, self._cluster.replica.program)


@contextmanager
def prepared(*options: str, **settings: str) -> Iterator[Server]:
    """A server that isn't started yet: one program, or a cluster of nodes with its options."""
    if not is_through_cluster():
        with alone.prepared(*options, **settings) as server:
            yield server
        return
    # One process can be told from others only where there is a single node.
    # It is asked to take in a file of a gibibyte.
    large = {"http_nodes": 1, "worker_nodes": 0, "disk_mib": 3072}
    sizes = large if "--no-worker" in options else {}
    with making(**sizes, **settings) as cluster:
        yield ClusterServer(cluster)


@contextmanager
def served(*options: str, **settings: str) -> Iterator[Server]:
    """A server that runs inside the `with`."""
    if not is_through_cluster():
        with alone.served(*options, **settings) as server:
            yield server
        return
    with prepared(*options, **settings) as cluster:
        cluster.start()
        yield cluster
