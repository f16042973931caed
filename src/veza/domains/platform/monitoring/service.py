"""Asking the machines that we depend on whether they are well, and looking after the jobs."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from msgspec import Struct, structs

from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.core.ids import JobId
from veza.core.pages import BadCursor, Cursor, cut
from veza.domains.platform.monitoring import queries, rules
from veza.domains.platform.monitoring.errors import JobNotFailed, JobNotFound, JobNotNeeded
from veza.domains.platform.monitoring.models import (
    Check,
    Connectivity,
    DeepHealth,
    Figures,
    Health,
    Job,
    JobPage,
    JobStatus,
    PartStatus,
    PlatformParts,
    PlatformStatus,
    Ready,
)
from veza.infra.concurrency.single_flight import SingleFlight
from veza.infra.jobs import queue
from veza.infra.jobs.queue import JobEntry, JobState
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.storage.objects import Storage
from veza.infra.valkey.client import GONE, ValkeyClient

log = structlog.get_logger()

_PATIENCE_S = 2.0
_STATUS_LASTS_S = 1.0
_VERSION = version("veza")
_STATES = {
    JobStatus.WAITING: JobState.QUEUED,
    JobStatus.RUNNING: JobState.PICKED,
    JobStatus.FAILED: JobState.FAILED,
}
_STATUSES = {state: status for status, state in _STATES.items()}

type Count = Callable[[Conn], Awaitable[Struct | Mapping[str, int]]]


class StatisticSources(Struct, frozen=True):
    """The functions that count what admins see, by area."""

    counts: Mapping[str, Count]


class Machines(Struct, frozen=True):
    """What we depend on, and what may be told of the settings."""

    database: Database
    valkey: ValkeyClient
    storage: Storage
    data_dir: Path
    config: dict[str, Any]


class HealthBoard:
    """How this process is. However many look, the machines are asked at most once a second."""

    def __init__(self, machines: Machines) -> None:
        self.readiness = SingleFlight(partial(_tell_readiness, machines), _STATUS_LASTS_S)
        self.status = SingleFlight(partial(_tell_status, machines), _STATUS_LASTS_S)
        self.depth = SingleFlight(partial(_examine, machines), _STATUS_LASTS_S)


async def _tell_readiness(machines: Machines) -> Ready:
    """Tell whether requests should come here: a quick look at database and cache."""
    names = ("database", "redis")
    answers = await asyncio.gather(_check_database(machines), _check_valkey(machines))
    return Ready(rules.readiness(dict(zip(names, answers, strict=True))))


async def _tell_status(machines: Machines) -> PlatformStatus:
    database, valkey = await asyncio.gather(_check_database(machines), _check_valkey(machines))
    return PlatformStatus(
        status=rules.fitness({"database": database, "redis": valkey}),
        version=_VERSION,
        timestamp=now(),
        services=PlatformParts(
            database=PartStatus(Connectivity(database.status)),
            redis=PartStatus(Connectivity(valkey.status)),
            # A part of each HTTP process, which goes on as long as it can store what is said.
            chat=PartStatus(Connectivity(database.status)),
            # This server has none.
            stream_server=PartStatus(Connectivity.NOT_CONFIGURED),
        ),
    )


async def _examine(machines: Machines) -> DeepHealth:
    """Examine every part. Each has two seconds to answer."""
    names = ("database", "redis", "storage", "disk")
    answers = await asyncio.gather(
        _check_database(machines),
        _check_valkey(machines),
        _check_storage(machines),
        _check_disk(machines),
    )
    checks: dict[str, Check] = dict(zip(names, answers, strict=True))
    return DeepHealth(rules.fitness(checks), now(), checks, machines.config)


async def collect_figures(conn: Conn, sources: StatisticSources) -> Figures:
    """Count everything, area by area."""
    return {area: _to_figures(await count(conn)) for area, count in sources.counts.items()}


async def list_jobs(conn: Conn, status: JobStatus, *, limit: int, cursor: Cursor | None) -> JobPage:
    """List jobs, the latest first."""
    before = None if cursor is None else rules.number_of_job(cursor.id)
    if cursor is not None and before is None:
        raise BadCursor
    found = await queue.list_jobs(conn, _STATES[status], limit=limit, before=before)
    listed = [_show_job(entry) for entry in found]
    shown, following = cut(listed, limit, lambda job: Cursor(job.created_at, job.id))
    return JobPage(shown, following, following is not None)


async def retry_job(tx: Tx, job_id: JobId) -> Job:
    """Have a job that failed for good tried again, with as many tries as a new one."""
    number = _number_of(job_id)
    try:
        is_queued = await queue.requeue_job(tx, number)
    except ConstraintViolation as violation:
        raise JobNotNeeded from violation
    job = await _get_job(tx, number)
    if not is_queued:
        raise JobNotFailed
    return job


async def delete_job(tx: Tx, job_id: JobId) -> None:
    """Forget a job that failed for good."""
    number = _number_of(job_id)
    if not await queue.delete_held_job(tx, number):
        await _get_job(tx, number)
        raise JobNotFailed


def _number_of(job_id: JobId) -> int:
    number = rules.number_of_job(job_id)
    if number is None:
        raise JobNotFound
    return number


async def _get_job(conn: Conn, number: int) -> Job:
    entry = await queue.find_job(conn, number)
    if entry is None:
        raise JobNotFound
    return _show_job(entry)


def _show_job(entry: JobEntry) -> Job:
    return Job(
        id=rules.id_of_job(entry.number),
        name=entry.name,
        status=_STATUSES[entry.state],
        subjects=rules.subjects_of(entry.payload or b"{}"),
        attempts=entry.attempts,
        error=entry.error,
        created_at=entry.created_at,
        updated_at=entry.updated_at,
        due_at=entry.due_at,
    )


async def _check_database(machines: Machines) -> Check:
    async def ask() -> None:
        async with machines.database.read() as conn:
            await queries.ask(conn)

    return await _try("database", ask)


async def _check_valkey(machines: Machines) -> Check:
    async def ask() -> None:
        await machines.valkey.get("veza:health")

    return await _try("redis", ask)


async def _check_storage(machines: Machines) -> Check:
    check = await _try("storage", machines.storage.check)
    return Check(check.status, {"kind": "local" if machines.storage.is_local else "remote"})


async def _check_disk(machines: Machines) -> Check:
    free = 0

    async def ask() -> None:
        nonlocal free
        free = await asyncio.to_thread(lambda: shutil.disk_usage(machines.data_dir).free)

    check = await _try("disk", ask)
    status = check.status if free >= rules.MIN_FREE_BYTES else Health.ERROR
    return Check(status, {"free_gb": round(free / 1e9, 1)})


async def _try(name: str, ask: Callable[[], Awaitable[None]]) -> Check:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await ask()
    except (Unavailable, TimeoutError, *GONE) as error:
        # What exactly is wrong is for the log: the answer is public.
        log.warning("check_failed", check=name, error=str(error))
        return Check(Health.ERROR)
    except Exception:
        # Whatever a part raises says that it isn't well, which is what was asked.
        log.exception("check_failed", check=name)
        return Check(Health.ERROR)
    return Check(Health.OK)


def _to_figures(counted: Struct | Mapping[str, int]) -> dict[str, int]:
    return structs.asdict(counted) if isinstance(counted, Struct) else dict(counted)
