"""When a backup is due, and when it is overdue."""

from datetime import datetime, timedelta

from veza.core.errors import CannotStart, VezaError
from veza.core.structs import copy_fields
from veza.domains.platform.backups.models import (
    AttemptState,
    BackupAttempt,
    BackupCounts,
    BackupReport,
    BackupStatus,
    LastBackup,
    StoredAttempt,
)

_RETRY_PAUSE = timedelta(hours=1)
INTERRUPTED = "It was interrupted."
_MAX_ERROR = 1000


def is_due(state: AttemptState, every: timedelta, at: datetime) -> bool:
    """Return whether a backup is to be begun: after a failure at the earliest in an hour."""
    if state.failed_at is not None and at < state.failed_at + min(_RETRY_PAUSE, every):
        return False
    return state.completed_at is None or at >= state.completed_at + every


def is_overdue(state: AttemptState, every: timedelta, at: datetime) -> bool:
    """Return whether the last backup is older than the interval and half of it, an hour at least.

    Without a backup the first attempt counts; if none was begun, no worker makes backups.
    """
    since = state.completed_at or state.begun_at
    return since is None or at > since + every + max(every / 2, _RETRY_PAUSE)


def has_failed(state: AttemptState) -> bool:
    """Return whether an attempt failed after the last backup was begun."""
    if state.failed_at is None or state.completed_at is None:
        return state.failed_at is not None
    return state.failed_at > state.completed_at


def count(
    report: BackupReport, results: dict[str, int], at: datetime, *, is_scheduled: bool
) -> BackupCounts:
    """Return what admins see of backups."""
    last = report.last or LastBackup(at, 0, 0)
    return BackupCounts(
        is_scheduled=int(is_scheduled),
        is_overdue=int(report.is_overdue),
        has_failed=int(report.has_failed),
        made=results["made"],
        failed=results["failed"],
        last_age_s=max(0, int((at - last.started_at).total_seconds())),
        last_size_bytes=last.size_bytes,
        last_objects=last.objects,
    )


def describe_error(error: Exception) -> str:
    """Return why an attempt failed, as it is stored: a sentence, if it is an expected reason."""
    sentence = str(error)
    if not sentence or not isinstance(error, CannotStart | VezaError):
        sentence = f"{type(error).__name__}: {error}"
    return sentence[:_MAX_ERROR]


def show(attempt: StoredAttempt, *, is_running: bool) -> BackupAttempt:
    """Return an attempt as admins see it. Without a backup under way, an unfinished one failed."""
    if attempt.finished_at is None and not is_running:
        return copy_fields(BackupAttempt, attempt, status=BackupStatus.FAILED, error=INTERRUPTED)
    return copy_fields(BackupAttempt, attempt, status=_status_of(attempt))


def _status_of(attempt: StoredAttempt) -> BackupStatus:
    if attempt.finished_at is None:
        return BackupStatus.RUNNING
    if attempt.backup_id is None:
        return BackupStatus.FAILED
    return BackupStatus.COMPLETE if attempt.error is None else BackupStatus.INCOMPLETE
