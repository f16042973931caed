"""The cluster as a server of the journeys: they ask nginx, and commands run beside the workers."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.cluster import Cluster, running
from tests.journeys.served import Server


class ClusterServer(Server):
    """A server that is a cluster, which runs as long as this is used."""

    def __init__(self, cluster: Cluster) -> None:
        folder = cluster.folder / "commands"
        folder.mkdir()
        super().__init__(folder, **cluster.direct)
        self.port = cluster.nginx.port

    @property
    def has_ended(self) -> bool:
        return False

    @property
    def log(self) -> str:
        return "The logs are in the folder of the cluster."


@contextmanager
def served_by_cluster(**settings: str) -> Iterator[Server]:
    """A cluster that runs inside the `with`."""
    with running(**settings) as cluster:
        yield ClusterServer(cluster)
