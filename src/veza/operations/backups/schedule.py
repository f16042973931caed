"""Makes the backups of the settings when they are due: in a process of its own, for the worker.

The process has its own memory and a low priority, so that a large backup delays no job. Every
worker asks each minute whether a backup is due, and as soon as an admin requests one; a lock of the
database leaves it to one of them.
"""

import asyncio
import os
import signal
import sys
from functools import partial

import structlog

from veza.app.backup_schedule import find_schedule
from veza.app.services import Services
from veza.core.errors import CannotStart
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import TOPIC, BackupSchedule
from veza.infra.processes.tasks import repeat

log = structlog.get_logger()

_INTERVAL_S = 60.0
_OVERDUE_INTERVAL_S = 300.0
# To end `pg_dump`, and to forget the attempt.
_GRACE_S = 5.0


async def run_schedule(services: Services) -> None:
    """Make backups when they are due, and notify staff of overdue ones, until cancelled."""
    schedule = find_schedule(services.settings)
    if schedule is not None:
        async with asyncio.TaskGroup() as group:
            make = partial(make_due_backup, services, schedule)
            wake = asyncio.Event()
            services.broadcast.listen(TOPIC, wake.set)
            group.create_task(repeat(make, each_s=_INTERVAL_S, wake=wake))
            group.create_task(_notify_of_overdue(services, schedule))


async def _notify_of_overdue(services: Services, schedule: BackupSchedule) -> None:
    # Later than the first attempt, without which a backup is overdue.
    await asyncio.sleep(_OVERDUE_INTERVAL_S)
    check = partial(backups.notify_if_overdue, services.database, schedule)
    await repeat(check, each_s=_OVERDUE_INTERVAL_S)


async def make_due_backup(services: Services, schedule: BackupSchedule) -> None:
    """Make a backup if one is due, and wait for its end."""
    await backups.end_interrupted(services.database, schedule)
    async with services.database.read() as conn:
        if not await backups.is_due(conn, schedule):
            return
    code = await _run_command()
    if code:
        log.error("backup_failed", exit_code=code)
        error = CannotStart(f"The process ended with status {code}: see its log.")
        await backups.record_failed_start(services.database, schedule, error)


async def _run_command() -> int:
    """Run `veza backup`, which asks again under its lock whether one is due."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "veza", "backup", "--if-due", "--parent", str(os.getpid())),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            # It deletes its record and ends.
            process.send_signal(signal.SIGINT)
            await _kill_later(process)


async def _kill_later(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(_GRACE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
