"""The faults: what is broken, how it is mended, and for how long it stays broken."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import postgres
from tests.cluster.cluster import Cluster
from tests.cluster.nodes import WorkerNode
from tests.journeys.served import processes_of, until

HELD_S = 6

type Step = Callable[[Cluster], None]


@dataclass(frozen=True)
class Fault:
    """A fault: `hurt` breaks something, and `heal` mends it `held_s` seconds later."""

    name: str
    hurt: Step
    heal: Step
    held_s: float = HELD_S


def do_nothing(cluster: Cluster) -> None: ...


def kill_node(cluster: Cluster) -> None:
    cluster.nodes[1].kill()


def start_node(cluster: Cluster) -> None:
    cluster.nodes[1].start()


def _kill_worker_in_job(cluster: Cluster) -> None:
    """Kill the first worker that processes a track."""
    found: list[WorkerNode] = []

    def is_processing() -> bool:
        found.extend(worker for worker in cluster.workers if _is_processing(worker))
        return bool(found)

    until(is_processing, 60)
    found[0].kill()


def _is_processing(worker: WorkerNode) -> bool:
    return any("ffmpeg" in command for command in processes_of(worker.data_dir).values())


def start_workers(cluster: Cluster) -> None:
    for worker in cluster.workers:
        if not worker.program.is_running:
            worker.start()


def kill_valkey(cluster: Cluster) -> None:
    cluster.valkey.program.kill()


def start_valkey(cluster: Cluster) -> None:
    cluster.valkey.start()


def _freeze_valkey(cluster: Cluster) -> None:
    cluster.valkey.program.send(signal.SIGSTOP)


def _thaw_valkey(cluster: Cluster) -> None:
    cluster.valkey.program.send(signal.SIGCONT)


def kill_primary(cluster: Cluster) -> None:
    cluster.primary.kill()


def start_primary(cluster: Cluster) -> None:
    cluster.primary.start()


def _kill_replica(cluster: Cluster) -> None:
    """Kill the replica, and have commits no longer wait for it, as an operator would."""
    cluster.replica.kill()
    postgres.set_synchronous(cluster.primary, "")


def _start_replica(cluster: Cluster) -> None:
    cluster.replica.start()
    postgres.set_synchronous(cluster.primary, postgres.REPLICA_NAME)


def _fail_over(cluster: Cluster) -> None:
    """Lose the primary, and follow docs/operation.md."""
    cluster.primary.kill()
    postgres.set_synchronous(cluster.replica, "")
    postgres.promote(cluster.replica)
    cluster.pgbouncer.follow(cluster.replica)


def _kill_s3(cluster: Cluster) -> None:
    cluster.s3.program.kill()


def _start_s3(cluster: Cluster) -> None:
    cluster.s3.start()


def _cut_database(cluster: Cluster) -> None:
    cluster.database_proxy.is_cut = True


def _slow_database(cluster: Cluster) -> None:
    cluster.database_proxy.delay_s = 0.1


def _lose_to_database(cluster: Cluster) -> None:
    cluster.database_proxy.loss = 0.05


def _cut_valkey(cluster: Cluster) -> None:
    cluster.valkey_proxy.is_cut = True


def _slow_valkey(cluster: Cluster) -> None:
    cluster.valkey_proxy.delay_s = 0.1


def _lose_to_valkey(cluster: Cluster) -> None:
    cluster.valkey_proxy.loss = 0.05


def _heal_networks(cluster: Cluster) -> None:
    cluster.database_proxy.heal()
    cluster.valkey_proxy.heal()


def _freeze_backends(cluster: Cluster) -> None:
    """Stop every process of the primary, as a disk that hangs does."""
    for pid in cluster.primary.program.family():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)


def _thaw_backends(cluster: Cluster) -> None:
    for pid in cluster.primary.program.family():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _fill_disk(cluster: Cluster) -> None:
    """Leave no room on the disk of the first node and worker, and of the S3."""
    cluster.disk.fill()


def _free_disk(cluster: Cluster) -> None:
    cluster.disk.free()


def _advance_clock(cluster: Cluster) -> None:
    """Start a node again whose clock is an hour ahead."""
    _restart_at(cluster, "+1h")


def _set_clock(cluster: Cluster) -> None:
    _restart_at(cluster, None)


def _restart_at(cluster: Cluster, offset: str | None) -> None:
    node = cluster.nodes[2]
    node.program.stop()
    node.program.environment.pop("LD_PRELOAD", None)
    if offset is not None:
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        # Timers go on as they are: they count from the start, not from a date.
        shown = {"FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        node.program.environment |= {"LD_PRELOAD": str(library)} | shown
    node.start()


def _kill_two(cluster: Cluster) -> None:
    kill_valkey(cluster)
    kill_primary(cluster)


def _start_two(cluster: Cluster) -> None:
    start_valkey(cluster)
    start_primary(cluster)


def _kill_node_and_cut(cluster: Cluster) -> None:
    kill_node(cluster)
    _cut_database(cluster)


def _start_node_and_heal(cluster: Cluster) -> None:
    _heal_networks(cluster)
    start_node(cluster)


FAULTS = (
    Fault("an HTTP node is killed", kill_node, start_node),
    Fault("a worker is killed in a job", _kill_worker_in_job, start_workers),
    Fault("Valkey is killed, and comes back empty", kill_valkey, start_valkey),
    Fault("Valkey hangs", _freeze_valkey, _thaw_valkey),
    Fault("the S3 is killed", _kill_s3, _start_s3),
    Fault("the replica is killed", _kill_replica, _start_replica),
    Fault("PostgreSQL is killed, and starts again at once", kill_primary, start_primary, 0),
    Fault("PostgreSQL hangs", _freeze_backends, _thaw_backends),
    Fault("the network of one node to PgBouncer is cut", _cut_database, _heal_networks),
    Fault("… has 100 ms more each way", _slow_database, _heal_networks),
    Fault("… loses 5% of the packets", _lose_to_database, _heal_networks),
    Fault("the network of one node to Valkey is cut", _cut_valkey, _heal_networks),
    Fault("… has 100 ms more each way", _slow_valkey, _heal_networks),
    Fault("… loses 5% of the packets", _lose_to_valkey, _heal_networks),
    Fault("the clock of one node is an hour ahead", _advance_clock, _set_clock),
    Fault("the disk of the nodes and of the S3 is full", _fill_disk, _free_disk),
    Fault("PostgreSQL and Valkey are killed at once", _kill_two, _start_two, 0),
    Fault(
        "a node is killed, another is cut off from PgBouncer",
        _kill_node_and_cut,
        _start_node_and_heal,
    ),
    # The last one: it is for good.
    Fault("PostgreSQL is lost, the replica takes over", _fail_over, do_nothing, 0),
)
