"""A schedule, attempts with their work, and reports whether a backup is overdue."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

# The advisory lock that is held while a backup is made. Any constant that nothing else uses.
LOCK = 0x6261636B
# The signal that wakes the workers when a backup is requested.
TOPIC = "backups"


class BackupSchedule(Struct, frozen=True):
    """Where backups are made, and how often."""

    target: str
    every: timedelta


class BackupPlan(Struct, frozen=True):
    """The schedule of this server, if it has one."""

    schedule: BackupSchedule | None


class Attempt(Struct, frozen=True):
    """An attempt under way; `is_scheduled` if it is at the target of the settings."""

    id: UUID
    target: str
    is_scheduled: bool


class NoticeReason(StrEnum):
    """Why staff is notified."""

    FAILED = "failed"
    OVERDUE = "overdue"


class BackupWork(Struct, frozen=True):
    """The numbers of objects that a backup copied, and of those that earlier ones had copied.

    `copied_objects` were copied for the first time. Of earlier copies, `reread_objects` were read
    again; `healed_objects` were missing or damaged, and were made again. Of what the storage lacks,
    `kept_objects` are copies of an earlier backup, and of `lost_objects` there is no whole copy.
    """

    copied_objects: int = 0
    reread_objects: int = 0
    healed_objects: int = 0
    kept_objects: int = 0
    lost_objects: int = 0


class FinishedBackup(Struct, frozen=True):
    """A backup that was made: its id, its size with the database, its number of files, its work."""

    backup_id: str
    size_bytes: int
    objects: int
    work: BackupWork = BackupWork()


class LastBackup(Struct, frozen=True):
    """When the last complete backup was begun, and what it contains."""

    started_at: datetime
    size_bytes: int
    objects: int


class AttemptState(Struct, frozen=True):
    """The attempts at a target: when the first one, and the last complete one, were begun.

    `failed_at` is when the last failure was recorded, `is_unfinished` whether one has no result.
    """

    begun_at: datetime | None
    completed_at: datetime | None
    failed_at: datetime | None
    is_unfinished: bool


class BackupReport(Struct, frozen=True):
    """The last complete backup, if any, and whether it is too old or a later attempt failed."""

    last: LastBackup | None
    is_overdue: bool
    has_failed: bool


class BackupCounts(Struct, frozen=True):
    """The statistics of backups for admins. 1 means yes; without a backup, `last_…` are 0."""

    is_scheduled: int
    is_overdue: int
    has_failed: int
    made: int
    failed: int
    last_age_s: int
    last_size_bytes: int
    last_objects: int


class BackupStatus(StrEnum):
    """The result of an attempt.

    `incomplete`: a backup was made, but files of it are lost or were gone from the storage, or old
    backups could not be deleted; `error` says which.
    """

    RUNNING = "running"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


class StoredAttempt(Struct, frozen=True):
    """An attempt to make a backup: its result, and its work as in `BackupWork`.

    `objects` and `size_bytes` are those of the whole backup, the size with the database. `target`
    is a folder, or a URL without credentials. Null is what is not known, as while it runs.
    """

    id: UUID
    target: Annotated[str, Meta(examples=["s3://backups/veza"])]
    started_at: datetime
    finished_at: datetime | None
    backup_id: Annotated[str | None, Meta(examples=["20260301T031500Z-5f0c2a9e"])]
    size_bytes: int | None
    objects: int | None
    copied_objects: int | None
    reread_objects: int | None
    healed_objects: int | None
    kept_objects: int | None
    lost_objects: int | None
    error: Annotated[
        str | None,
        Meta(examples=["VEZA_BACKUP_TARGET (/backup/veza) can't be used: Permission denied."]),
    ]


class BackupAttempt(StoredAttempt, frozen=True):
    """An attempt as admins see it."""

    status: BackupStatus


class BackupOverview(Struct, frozen=True):
    """The attempts of late, the newest first, and the schedule.

    `target` and `every_hours` are those of the schedule, and null without one. `last` is the newest
    attempt that made a backup there. `requested_at`: an admin asked for a backup, which waits for a
    worker or is being made. `is_running` if any backup of this server is being made.
    """

    target: Annotated[str | None, Meta(examples=["s3://backups/veza"])]
    every_hours: int | None
    is_overdue: bool
    has_failed: bool
    is_running: bool
    requested_at: datetime | None
    last: BackupAttempt | None
    backups: list[BackupAttempt]
