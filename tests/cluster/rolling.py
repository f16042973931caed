"""Replaces nodes one after the other, as docs/operation.md says of an upgrade."""

import time

from tests.cluster.cluster import Cluster

# nginx asks a node again two seconds after that refused a connection (`fail_timeout`).
PAUSE_S = 3


def restart_each(cluster: Cluster) -> None:
    """Stop each node in order and start it again; go on when it takes requests."""
    for node in [*cluster.nodes, *cluster.workers]:
        code = node.program.stop()
        assert code == 0, f"{node.program.name} ended with {code}: {node.program.log()}"
        node.start()
        time.sleep(PAUSE_S)
