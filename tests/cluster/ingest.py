"""The ingest of the cluster: nginx with its RTMP module, whose segments all nodes can read."""

import asyncio
import signal

from tests.cluster.cluster import Cluster
from tests.cluster.program import Program
from tests.cluster.valkey import is_open
from tests.journeys.served import until
from veza.infra.processes import embedded_nginx
from veza.infra.processes.embedded_nginx import find_nginx, has_ipv6, write_config

START_S = 20


class Ingest:
    """One nginx. Its folder is the folder `live` of each node, as on a network file system."""

    def __init__(self, cluster: Cluster, port: int, secret: str) -> None:
        self.port = port
        found = asyncio.run(find_nginx())
        assert found is not None, "nginx with its RTMP module is missing: run `make live-setup`"
        home = cluster.primary.installed.make_folder(cluster.folder / "live")
        for node in cluster.nodes:
            (node.data_dir / "live").symlink_to(home)
        asked = embedded_nginx.Ingest(
            port=port,
            hooks=f"{cluster.url}/api/v1/live/hooks",
            secret=secret,
            name="cluster",
            has_ipv6=has_ipv6(),
        )
        (home / "nginx.conf").write_text(write_config(asked, found.module, str(home)))
        command = [str(found.path), "-p", str(home), "-c", "nginx.conf", "-e", "stderr"]
        self.program = Program(
            "live",
            [*command, "-g", "daemon off;"],
            home,
            account=cluster.primary.installed.account,
            # Its workers end with it on SIGTERM, but not on SIGKILL.
            death_signal=signal.SIGTERM,
        )

    def start(self) -> None:
        self.program.start()
        until(lambda: is_open(self.port), START_S, self.program.log)
