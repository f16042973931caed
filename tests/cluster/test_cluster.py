"""A small cluster: what one node takes, every node has; a node is replaced, and nobody notices."""

import os
import shutil
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.cluster.cluster import Cluster, running
from tests.cluster.load import Load
from tests.cluster.rolling import restart_each
from tests.cluster.verify import ensure_kept
from tests.journeys.served import until

# A node answers the same metrics for a second.
METRICS_LAST_S = 1.1

_MISSING = [
    name for name in ("pgbouncer", "nginx") if not shutil.which(name, path="/usr/sbin:/usr/bin")
]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        os.environ.get("VEZA_JOURNEYS") != "cluster",
        reason="needs most of the machine: `make cluster-test` runs it",
    ),
    pytest.mark.skipif(bool(_MISSING), reason=f"needs programs that are not there: {_MISSING}"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    limits = {"VEZA_HOURLY_POSTS": "0", "VEZA_HOURLY_EDITS": "0"}
    with running(http_nodes=2, worker_nodes=1, **limits) as made:
        yield made


def count_reads(cluster: Cluster, answered_by: str) -> float:
    """Return how many reads that may be a second old this server answered, for all nodes."""
    name = f'veza_replica_reads_total{{answered_by="{answered_by}"}} '
    lines = [
        line
        for node in cluster.nodes
        for line in httpx.get(f"{node.url}/metrics").text.splitlines()
        if line.startswith(name)
    ]
    return sum(float(line.removeprefix(name)) for line in lines)


def titles(url: str) -> list[str]:
    answer = httpx.get(f"{url}/api/v1/tracks")
    assert answer.status_code == 200, answer.text
    return [track["title"] for track in answer.json()["data"]["tracks"]]


def is_answered_by(cluster: Cluster, server: str, url: str) -> bool:
    time.sleep(METRICS_LAST_S)
    before = count_reads(cluster, server)
    titles(url)
    time.sleep(METRICS_LAST_S)
    return count_reads(cluster, server) > before


def test_nodes_are_replaced_one_by_one_and_no_request_fails(cluster, tmp_path):
    load = Load(cluster.url, tmp_path)
    load.start()
    try:
        restart_each(cluster)
    finally:
        load.stop()

    assert load.record.failures(0) == []
    ensure_kept(load)
    assert count_reads(cluster, "replica") > 0
    metrics = httpx.get(cluster.workers[0].metrics_url).text
    assert 'veza_job_attempts_total{job="ProcessTrack",result="done"}' in metrics


def test_a_replica_that_is_behind_is_not_asked(cluster, tmp_path):
    load = Load(cluster.url, tmp_path)
    cluster.replica.query("select pg_wal_replay_pause()")
    try:
        load.start()
        load.stop()
        # It counts as fresh for a second after it was.
        for node in cluster.nodes:
            until(lambda url=node.url: is_answered_by(cluster, "primary", url), 60)
            assert "Played" in titles(node.url)
    finally:
        cluster.replica.query("select pg_wal_replay_resume()")
    until(lambda: is_answered_by(cluster, "replica", cluster.nodes[0].url), 60)
