"""A health check is shared for a second; each dependency has two seconds."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from typing import Any

import structlog
from msgspec import Struct, structs

from veza.core.clock import now
from veza.core.errors import Unavailable, required
from veza.core.ids import JobId
from veza.core.pages import BadCursor, Cursor, cut
from veza.core.structs import copy_fields
from veza.core.traffic import TrafficCounts
from veza.domains.contributions import StatisticsQuery
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import BackupSchedule
from veza.domains.platform.monitoring import queries, rules
from veza.domains.platform.monitoring.errors import JobNotFailed, JobNotFound, JobNotNeeded
from veza.domains.platform.monitoring.models import (
    AdminJob,
    CheckResult,
    CheckStatus,
    ComponentStatus,
    Connectivity,
    DeepHealth,
    JobPage,
    JobStatus,
    PlatformComponents,
    PlatformStatus,
    ReadinessStatus,
    Statistics,
    TrafficReport,
    TrafficSpan,
    TrafficTotal,
)
from veza.infra.concurrency.single_flight import SingleFlight
from veza.infra.jobs import queue
from veza.infra.jobs.queue import JobEntry, JobState
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.storage.disk_reserve import DiskReserve
from veza.infra.storage.objects import Storage
from veza.infra.valkey.client import GONE, ValkeyClient

log = structlog.get_logger()

_TIMEOUT_S = 2.0
_STATUS_LASTS_S = 1.0
_VERSION = version("veza")
_STATES = {
    JobStatus.WAITING: JobState.QUEUED,
    JobStatus.RUNNING: JobState.PICKED,
    JobStatus.FAILED: JobState.FAILED,
}
_STATUSES = {state: status for status, state in _STATES.items()}

# The distance of points, and their number.
_SPANS = {
    TrafficSpan.DAY: (timedelta(minutes=5), 288),
    TrafficSpan.WEEK: (timedelta(hours=1), 168),
    TrafficSpan.MONTH: (timedelta(hours=6), 120),
}


class StatisticSources(Struct, frozen=True):
    """The functions that return statistics, by area."""

    counts: Mapping[str, StatisticsQuery]


class MonitoredSystems(Struct, frozen=True):
    """The systems that are checked, and the settings that may be shown."""

    database: Database
    valkey: ValkeyClient
    storage: Storage
    disk: DiskReserve
    config: dict[str, Any]
    backups: BackupSchedule | None


class HealthChecks:
    """The health of this process. Concurrent requests share a check per second."""

    def __init__(self, systems: MonitoredSystems) -> None:
        self.readiness = SingleFlight(partial(_check_readiness, systems), _STATUS_LASTS_S)
        self.status = SingleFlight(partial(_check_platform, systems), _STATUS_LASTS_S)
        self.in_depth = SingleFlight(partial(_check_in_depth, systems), _STATUS_LASTS_S)


async def _check_readiness(systems: MonitoredSystems) -> ReadinessStatus:
    """Check database and cache, and whether the last measurement found the disk full."""
    database, valkey = await asyncio.gather(_check_database(systems), _check_valkey(systems))
    disk = CheckResult(CheckStatus.ERROR if systems.disk.is_low else CheckStatus.OK)
    checks = {"database": database, "redis": valkey, "disk": disk}
    return ReadinessStatus(rules.readiness(checks))


async def _check_platform(systems: MonitoredSystems) -> PlatformStatus:
    database, valkey = await asyncio.gather(_check_database(systems), _check_valkey(systems))
    return PlatformStatus(
        status=rules.overall_health({"database": database, "redis": valkey}),
        version=_VERSION,
        timestamp=now(),
        services=PlatformComponents(
            database=ComponentStatus(Connectivity(database.status)),
            redis=ComponentStatus(Connectivity(valkey.status)),
            # Chat runs in every HTTP process and needs the database.
            chat=ComponentStatus(Connectivity(database.status)),
            # There is no separate stream server.
            stream_server=ComponentStatus(Connectivity.NOT_CONFIGURED),
        ),
    )


async def _check_in_depth(systems: MonitoredSystems) -> DeepHealth:
    """Check every dependency, each within two seconds."""
    running = {
        "database": _check_database(systems),
        "redis": _check_valkey(systems),
        "storage": _check_storage(systems),
        "disk": _check_disk(systems),
    }
    if systems.backups is not None:
        running["backup"] = _check_backup(systems.database, systems.backups)
    answers = await asyncio.gather(*running.values())
    checks = dict(zip(running, answers, strict=True))
    return DeepHealth(rules.overall_health(checks), now(), checks, systems.config)


async def collect_statistics(conn: Conn, sources: StatisticSources) -> Statistics:
    """Return the statistics of every area."""
    statistics: Statistics = {}
    for area, count in sources.counts.items():
        counted = await count(conn)
        statistics[area] = structs.asdict(counted) if isinstance(counted, Struct) else dict(counted)
    return statistics


async def add_traffic(tx: Tx, counts: TrafficCounts) -> None:
    """Add what a process has answered to the traffic of this moment."""
    await queries.add_traffic(tx, counts)


async def report_traffic(conn: Conn, span: TrafficSpan) -> TrafficReport:
    """Return the traffic of the last day, week or month."""
    step, number = _SPANS[span]
    points = await queries.list_traffic(conn, step=step, points=number)
    total = TrafficTotal(
        sum(point.requests for point in points),
        sum(point.failed for point in points),
        sum(point.refused for point in points),
    )
    return TrafficReport(points, total)


async def list_jobs(conn: Conn, status: JobStatus, *, limit: int, cursor: Cursor | None) -> JobPage:
    """Return a page of jobs, newest first."""
    before = None if cursor is None else rules.job_number_of(cursor.id)
    if cursor is not None and before is None:
        raise BadCursor
    found = await queue.list_jobs(conn, _STATES[status], limit=limit, before=before)
    listed = [_show_job(entry) for entry in found]
    shown, following = cut(listed, limit, lambda job: Cursor(job.created_at, job.id))
    return JobPage(shown, following, following is not None)


async def retry_job(tx: Tx, job_id: JobId) -> AdminJob:
    """Retry a failed job, with as many attempts as a new job. Raises JobNotFound.

    Raises JobNotFailed, and JobNotNeeded if the same job was enqueued again.
    """
    number = _get_job_number(job_id)
    try:
        is_queued = await queue.requeue_job(tx, number)
    except ConstraintViolation as violation:
        raise JobNotNeeded from violation
    job = await _get_job(tx, number)
    if not is_queued:
        raise JobNotFailed
    return job


async def delete_job(tx: Tx, job_id: JobId) -> None:
    """Delete a failed job. Raises JobNotFound and JobNotFailed."""
    number = _get_job_number(job_id)
    if not await queue.delete_held_job(tx, number):
        await _get_job(tx, number)
        raise JobNotFailed


def _get_job_number(job_id: JobId) -> int:
    return required(rules.job_number_of(job_id), JobNotFound)


async def _get_job(conn: Conn, number: int) -> AdminJob:
    entry = required(await queue.find_job(conn, number), JobNotFound)
    return _show_job(entry)


def _show_job(entry: JobEntry) -> AdminJob:
    return copy_fields(
        AdminJob,
        entry,
        id=rules.job_id_of(entry.number),
        status=_STATUSES[entry.state],
        subjects=rules.subjects_of(entry.payload or b"{}"),
    )


async def _check_database(systems: MonitoredSystems) -> CheckResult:
    async def ping() -> None:
        async with systems.database.read() as conn:
            await queries.ping(conn)

    return await _run_check("database", ping())


async def _check_valkey(systems: MonitoredSystems) -> CheckResult:
    return await _run_check("redis", systems.valkey.get("veza:health"))


async def _check_storage(systems: MonitoredSystems) -> CheckResult:
    check = await _run_check("storage", systems.storage.check())
    return CheckResult(check.status, {"kind": "local" if systems.storage.is_local else "remote"})


async def _check_disk(systems: MonitoredSystems) -> CheckResult:
    details: dict[str, Any] = {}

    async def measure() -> None:
        free_bytes = (await systems.disk.measure()).free_bytes
        details["free_gb"] = round(free_bytes / 1e9, 1)

    check = await _run_check("disk", measure())
    details["is_read_only"] = systems.disk.is_read_only
    return CheckResult(CheckStatus.ERROR if systems.disk.is_low else check.status, details)


async def _check_backup(database: Database, schedule: BackupSchedule) -> CheckResult:
    """Check that the last backup is not overdue, and none failed since. Its age is in hours."""
    details: dict[str, Any] = {}

    async def read() -> None:
        async with database.read() as conn:
            details.update(rules.describe_backup(await backups.report(conn, schedule), now()))

    check = await _run_check("backup", read())
    is_bad = details.get("is_overdue", True) or details.get("has_failed", True)
    return CheckResult(CheckStatus.ERROR if is_bad else check.status, details)


async def _run_check(name: str, check: Awaitable[object]) -> CheckResult:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await check
    except (Unavailable, TimeoutError, *GONE) as error:
        # The details are logged only: the answer is public.
        log.warning("check_failed", check=name, error=str(error))
        return CheckResult(CheckStatus.ERROR)
    except Exception:
        # Any exception means that the check failed.
        log.exception("check_failed", check=name)
        return CheckResult(CheckStatus.ERROR)
    return CheckResult(CheckStatus.OK)
