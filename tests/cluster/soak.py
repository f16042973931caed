"""Run the load for a while, and print what the nodes hold: it must not grow.

python -m tests.cluster.soak 30     # minutes
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.cluster.cluster import Cluster, end_at_sigterm, running
from tests.cluster.load import UNLIMITED, Load
from tests.cluster.verify import find_lost
from tests.journeys.served import memory_kib, processes_of

SAMPLES = 10


def main() -> None:
    end_at_sigterm()
    minutes = float(sys.argv[1])
    with running(**UNLIMITED) as cluster:
        load = Load(cluster.url, Path(tempfile.mkdtemp(dir=cluster.folder)))
        load.start()
        print("| minute | requests | failed | memory, MiB | open files | connections |")
        print("| --- | --- | --- | --- | --- | --- |", flush=True)
        for sample in range(SAMPLES):
            time.sleep(minutes * 60 / SAMPLES)
            answers = len(load.record.answers)
            cells = (answers, len(load.record.failures(0)), *_measure(cluster))
            minute = (sample + 1) * minutes / SAMPLES
            print(f"| {minute:.1f} | {' | '.join(map(str, cells))} |", flush=True)
        load.stop()
        print(f"lost: {find_lost(load)}")


def _measure(cluster: Cluster) -> tuple[int, int, object]:
    """Return the memory, the open files of all nodes, and the connections to PostgreSQL."""
    nodes = [*cluster.nodes, *cluster.workers]
    pids = [pid for node in nodes for pid in processes_of(node.data_dir)]
    memory_mib = sum(memory_kib(pid, "VmRSS") for pid in pids) // 1024
    files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
    connections = cluster.primary.query("select count(*) from pg_stat_activity")
    return memory_mib, files, connections


if __name__ == "__main__":
    main()
