"""Structs of the attempts to make a backup."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

# The advisory lock that is held while a backup is made. Any constant that nothing else uses.
LOCK = 0x6261636B


class BackupSchedule(Struct, frozen=True):
    """Where backups are made, and how often."""

    target: str
    every: timedelta


class Attempt(Struct, frozen=True):
    """An attempt under way; `is_scheduled` if it is at the target of the settings."""

    id: UUID
    target: str
    is_scheduled: bool


class NoticeReason(StrEnum):
    """Why staff is notified."""

    FAILED = "failed"
    OVERDUE = "overdue"


class FinishedBackup(Struct, frozen=True):
    """A backup that was made: its id, its size with the database, and its number of files."""

    backup_id: str
    size_bytes: int
    objects: int


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
