"""Metrics of what all nodes share: the queue, the outbox, orders, backups, and the disk.

Every node reports the same numbers of the database, so a query over nodes takes their maximum.
"""

from collections.abc import Mapping

import structlog
from msgspec import Struct
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import BackupReport, BackupSchedule
from veza.domains.platform.monitoring import queries
from veza.domains.platform.monitoring.models import JobStatus
from veza.infra.concurrency.single_flight import SingleFlight
from veza.infra.jobs import outbox, queue
from veza.infra.jobs.queue import JobCount, JobState
from veza.infra.postgres.database import Database
from veza.infra.storage.disk_reserve import DiskReserve

log = structlog.get_logger()

_LASTS_S = 2.0
_TIMEOUT_MS = 2000
_STATUSES = {
    JobState.QUEUED: JobStatus.WAITING,
    JobState.PICKED: JobStatus.RUNNING,
    JobState.FAILED: JobStatus.FAILED,
}


class _Counts(Struct, frozen=True):
    jobs: list[JobCount]
    events: Mapping[str, int]
    attention: Mapping[str, int]
    backup: BackupReport


class SharedMetrics:
    """Reads the metrics of the database and the disk; concurrent requests share a reading."""

    def __init__(
        self, database: Database, disk: DiskReserve, schedule: BackupSchedule | None = None
    ) -> None:
        self._database = database
        self._disk = disk
        self._schedule = schedule
        self._reading = SingleFlight(self._read, _LASTS_S)

    async def get(self) -> list[Metric]:
        """Return the metrics, at most two seconds old. Without the database, those of the disk."""
        return await self._reading.get()

    async def _read(self) -> list[Metric]:
        disk = await self._disk.measure()
        up = GaugeMetricFamily("veza_database_up", "Whether the database answers.", value=1)
        metrics: list[Metric] = [
            GaugeMetricFamily("veza_disk_free_bytes", "Free on the disk of data.", disk.free_bytes),
            GaugeMetricFamily("veza_disk_size_bytes", "Size of the disk of data.", disk.size_bytes),
            GaugeMetricFamily(
                "veza_disk_read_only",
                "Whether nothing new is stored, because the reserve of the disk is used up.",
                int(self._disk.is_read_only),
            ),
        ]
        try:
            counts = await self._count()
        except Unavailable as error:
            log.warning("metrics_without_database", error=str(error))
            return [*metrics, GaugeMetricFamily(up.name, up.documentation, value=0)]
        backup = _show_backup(counts.backup)
        return [*metrics, up, *_show_jobs(counts.jobs), *_show_others(counts), *backup]

    async def _count(self) -> _Counts:
        async with self._database.brief_read(_TIMEOUT_MS) as conn:
            return _Counts(
                await queue.count_jobs_by_kind(conn),
                await outbox.count_events(conn),
                await queries.count_needing_attention(conn),
                await backups.report_any(conn, self._schedule),
            )


def _show_jobs(counts: list[JobCount]) -> list[Metric]:
    jobs = GaugeMetricFamily("veza_jobs", "Jobs in the queue.", labels=["job", "status"])
    overdue = GaugeMetricFamily(
        "veza_job_overdue_seconds",
        "How long the job of a kind that waits longest has been due.",
        labels=["job"],
    )
    for count in counts:
        jobs.add_metric([count.name, _STATUSES[count.state]], count.jobs)
        if count.state is JobState.QUEUED:
            overdue.add_metric([count.name], count.overdue_s)
    return [jobs, overdue]


def _show_others(counts: _Counts) -> list[Metric]:
    events = GaugeMetricFamily(
        "veza_outbox_events", "Events in the outbox: failed ones are held.", labels=["status"]
    )
    for status, number in counts.events.items():
        events.add_metric([status], number)
    attention = GaugeMetricFamily(
        "veza_payments_attention", "Orders and refunds that staff has to see to.", labels=["kind"]
    )
    for kind, number in counts.attention.items():
        attention.add_metric([kind], number)
    return [events, attention]


def _show_backup(report: BackupReport) -> list[Metric]:
    """Return the metrics of backups. Without a backup there is neither an age nor a success."""
    age = GaugeMetricFamily("veza_backup_age_seconds", "Time since the last backup was begun.")
    success = GaugeMetricFamily(
        "veza_backup_last_success_timestamp_seconds", "When the last backup was begun."
    )
    if report.last is not None:
        begun = report.last.started_at
        age.add_metric([], (now() - begun).total_seconds())
        success.add_metric([], begun.timestamp())
    overdue = GaugeMetricFamily(
        "veza_backup_overdue", "1 if the last backup is too old.", int(report.is_overdue)
    )
    failed = GaugeMetricFamily(
        "veza_backup_failed",
        "1 if an attempt failed, or files were lost, since the last complete backup.",
        int(report.has_failed),
    )
    return [age, success, overdue, failed]
