"""`veza top`: a live view of a running server, from its metrics and its health check."""

import argparse
import sys
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from veza.app.paths import PREFIX
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.operations.top_figures import Reading, TopFigures, compare, parse_reading

_TIMEOUT_S = 10.0
_MAX_BYTES = 32 * 1024 * 1024


class _Data(Struct, frozen=True):
    status: str


class _Health(Struct, frozen=True):
    data: _Data


def top(_: Settings, arguments: argparse.Namespace) -> None:
    """Show a server until Ctrl-C; one frame with `--once`, or without a terminal."""
    console = Console()
    former = _read(arguments.url)
    if arguments.once or not sys.stdout.isatty():
        time.sleep(max(0.1, arguments.interval))
        console.print(draw(compare(former, _read(arguments.url)), _find_health(arguments.url)))
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(max(0.1, arguments.interval))
            last = _read(arguments.url)
            shown = draw(compare(former, last), _find_health(arguments.url))
            live.update(shown, refresh=True)
            former = last


def draw(figures: TopFigures, health: str) -> Group:
    """Return a frame."""
    return Group(
        _draw_summary(figures, health),
        _draw_pools(figures.last),
        _draw_jobs(figures.last),
        _draw_routes(figures),
    )


def _draw_summary(figures: TopFigures, health: str) -> Table:
    last = figures.last
    table = _table("Server", "")
    table.add_row("health", health)
    table.add_row(
        "requests",
        f"{figures.per_second:.1f}/s, errors {figures.errors_per_second:.1f}/s, "
        f"median {_ms(figures.median_ms)}, 95% {_ms(figures.p95_ms)}",
    )
    for name, number in sorted(last.by("process", "veza_processes").items()):
        memory = last.total("veza_process_resident_bytes", process=name) / 1e6
        cpu = figures.cpu.get(name, 0.0)
        table.add_row(name, f"{number:.0f} processes, CPU {cpu:.0%}, memory {memory:.0f} MB")
    table.add_row(
        "chat",
        f"{last.total('veza_chat_connections'):.0f} connections, "
        f"{last.total('veza_chat_channels'):.0f} channels",
    )
    free = last.total("veza_disk_free_bytes")
    size = last.total("veza_disk_size_bytes")
    uploads = last.total("veza_storage_uploads")
    table.add_row("storage", f"{uploads:.0f} uploads, {free / 1e9:.1f} of {size / 1e9:.1f} GB free")
    events = last.by("status", "veza_outbox_events")
    table.add_row(
        "events", ", ".join(f"{number:.0f} {status}" for status, number in events.items()) or "?"
    )
    table.add_row("jobs", f"{figures.job_attempts_per_second:.1f} attempts/s")
    return table


def _draw_pools(last: Reading) -> Table:
    table = _table("Pool", "in use", "idle", "limit", "waiting")
    for pool, limit in sorted(last.by("pool", "veza_database_connections_max").items()):
        states = last.by("state", "veza_database_connections", pool=pool)
        waiting = last.total("veza_database_waiting", pool=pool)
        numbers = (states.get("in_use", 0), states.get("idle", 0), limit, waiting)
        table.add_row(pool, *(f"{number:.0f}" for number in numbers))
    return table


def _draw_jobs(last: Reading) -> Table:
    table = _table("Job", "waiting", "running", "failed", "overdue")
    for job in sorted(last.by("job", "veza_jobs")):
        states = last.by("status", "veza_jobs", job=job)
        numbers = [f"{states.get(name, 0):.0f}" for name in ("waiting", "running", "failed")]
        table.add_row(job, *numbers, f"{last.total('veza_job_overdue_seconds', job=job):.0f} s")
    if not table.rows:
        table.add_row("none", "0", "0", "0", "")
    return table


def _draw_routes(figures: TopFigures) -> Table:
    table = _table("Route", "requests/s", "mean")
    for route in figures.routes:
        table.add_row(route.name, f"{route.per_second:.1f}", f"{route.mean_ms:.1f} ms")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for other in others:
        table.add_column(other, justify="right" if other else "left")
    return table


def _ms(value: float | None) -> str:
    return "-" if value is None else f"<= {value:.0f} ms"


def _read(url: str) -> Reading:
    status, body = _fetch(url, f"{PREFIX}/metrics")
    if status == HTTPStatus.FORBIDDEN:
        raise CannotStart(
            f"{url} shows its metrics to others only: see its VEZA_METRICS_ADDRESSES."
        )
    if status != 200:
        raise CannotStart(f"{url} answers {status} to {PREFIX}/metrics: is it a Veza server?")
    return parse_reading(body.decode(errors="replace"), time.monotonic())


def _find_health(url: str) -> str:
    _, body = _fetch(url, f"{PREFIX}/readyz")
    try:
        return msgspec.json.decode(body, type=_Health).data.status
    except msgspec.DecodeError:
        return "unknown"


def _fetch(url: str, path: str) -> tuple[int, bytes]:
    """Return status and body. Raises CannotStart if no server answers."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        try:
            connection.request("GET", f"{parts.path.rstrip('/')}{path}")
            answer = connection.getresponse()
            return answer.status, answer.read(_MAX_BYTES)
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError) as error:
        hint = "Start it with `veza serve`, or name another address with --url."
        raise CannotStart(f"No server answers at {url} ({error}). {hint}") from error
