"""The metrics of a real server, whose processes add them up."""

import os
import re
import signal
import subprocess

import httpx
import pytest

from tests.journeys.served import Server, served, until
from tests.promql import base_of, list_metrics

pytestmark = pytest.mark.long

_READY = 'veza_http_requests_total{method="GET",route="/api/v1/healthz",status="2xx"}'

# Exposed only after the first of their kind.
_NOT_YET = {
    "veza_chat_closed_total": "a WebSocket that closed",
    "veza_expensive_refused_total": "a search that was refused",
    "veza_job_seconds": "a job",
    "veza_provider_calls_total": "a real payment provider",
    "veza_provider_seconds": "a real payment provider",
    "veza_rate_limited_total": "a request that a limit refused",
    "veza_scheduled_seconds": "a scheduled task",
    "veza_storage_seconds": "an upload",
    "veza_webhooks_refused_total": "a webhook with a bad signature",
    "veza_webhooks_total": "a webhook",
}


def _metrics(server: Server) -> str:
    return httpx.get(f"{server.url}/api/v1/metrics", verify=False, timeout=60).text


def _value(text: str, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_processes_add_up_their_metrics_and_those_that_ended_keep_their_counts():
    with served("--workers", "2") as server:
        for _ in range(40):
            # A connection of its own each, so that either process may get it.
            httpx.get(f"{server.url}/api/v1/healthz", verify=False, timeout=60)
        _wait_for(server, 'veza_processes{process="http"}', 2)
        _wait_for(server, 'veza_processes{process="worker"}', 1)
        # A request is counted after its response was sent.
        _wait_for(server, _READY, 40)
        # The worker counts its first jobs.
        until(lambda: not _list_missing(server), 60, lambda: str(_list_missing(server)))
        # A process is counted a moment before it tells the size of its pool.
        _wait_for(server, 'veza_database_connections_max{pool="veza http"}', 20)
        _wait_for(server, "veza_database_up", 1)

        _ensure_top_shows(server)

        killed = server.http_workers()[0]
        os.kill(killed, signal.SIGKILL)
        until(lambda: killed not in server.http_workers(), 60, lambda: server.log[-2000:])

        _wait_for(server, 'veza_processes{process="http"}', 2)
        _wait_for(server, _READY, 40)


def _wait_for(server: Server, series: str, value: float) -> None:
    until(lambda: _value(_metrics(server), series) == value, 60, lambda: _metrics(server)[-4000:])


def _ensure_top_shows(server: Server) -> None:
    command = [server.python, "-m", "veza", "top", "--once", "--interval", "0.1"]
    shown = ""

    def shows_both() -> bool:
        # Each process keeps what it has read for a second: the other may have read before.
        nonlocal shown
        done = subprocess.run(
            [*command, "--url", server.url], capture_output=True, text=True, check=True
        )
        shown = done.stdout
        return re.search(r"^http +2 processes, ", shown, re.MULTILINE) is not None

    until(shows_both, 60, lambda: shown)
    assert re.search(r"^health +ready *$", shown, re.MULTILINE), shown
    assert re.search(r"^veza http +\d+ +\d+ +20 +0 *$", shown, re.MULTILINE), shown


def _list_missing(server: Server) -> set[str]:
    """List what the dashboards show and the server does not expose."""
    text = _metrics(server)
    exposed = {base_of(name) for name in re.findall(r"^(veza_\w+)[{ ]", text, re.MULTILINE)}
    empty = set(re.findall(r"^# TYPE (veza_\w+) gauge$", text, re.MULTILINE))
    return list_metrics() - exposed - empty - _NOT_YET.keys()
