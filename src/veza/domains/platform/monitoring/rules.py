"""Without database or storage a server is unhealthy; other failed checks degrade it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from veza.core.ids import JobId
from veza.domains.platform.backups.models import BackupReport
from veza.domains.platform.monitoring.models import (
    CheckResult,
    CheckStatus,
    OverallHealth,
    Readiness,
)

# Without these no request can be served.
_REQUIRED = ("database", "storage")
# The queue numbers jobs by bigint.
_MAX_JOB_NUMBER = 2**63 - 1


def overall_health(checks: Mapping[str, CheckResult]) -> OverallHealth:
    """Return the overall health, from the results of the checks."""
    bad = {name for name, check in checks.items() if check.status is CheckStatus.ERROR}
    if bad & set(_REQUIRED):
        return OverallHealth.UNHEALTHY
    return OverallHealth.DEGRADED if bad else OverallHealth.HEALTHY


def readiness(checks: Mapping[str, CheckResult]) -> Readiness:
    """Return whether this server should receive requests."""
    return {
        OverallHealth.HEALTHY: Readiness.READY,
        OverallHealth.DEGRADED: Readiness.DEGRADED,
        OverallHealth.UNHEALTHY: Readiness.NOT_READY,
    }[overall_health(checks)]


def describe_backup(report: BackupReport, at: datetime) -> dict[str, Any]:
    """Return what health checks show of the last backup, to anybody; its age is in hours.

    Its size is for admins, in the statistics.
    """
    last = report.last
    age = None if last is None else (at - last.started_at).total_seconds()
    return {
        "age_hours": None if age is None else round(age / 3600, 1),
        "is_overdue": report.is_overdue,
        "has_failed": report.has_failed,
    }


def job_id_of(number: int) -> JobId:
    """Return the public id of a job, from its number in the queue."""
    return JobId(UUID(int=number))


def job_number_of(job_id: UUID) -> int | None:
    """Return the number of a job from its public id; None if the id is invalid."""
    return job_id.int if job_id.int <= _MAX_JOB_NUMBER else None


def subjects_of(payload: bytes) -> dict[str, UUID]:
    """Return the ids in the payload of a job. Other fields may be secret and are not shown."""
    try:
        fields = msgspec.json.decode(payload, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}
    subjects: dict[str, UUID] = {}
    for name, value in fields.items():
        if name == "id" or name.endswith("_id"):
            with suppress(msgspec.ValidationError):
                subjects[name] = msgspec.convert(value, UUID)
    return subjects
