"""Announces failed and overdue backups, each once until a backup is made again."""

from uuid import UUID

from msgspec import Struct


class BackupFailed(Struct, frozen=True):
    """A backup of the schedule failed, for the first time since the last one that succeeded."""

    notice_id: UUID


class BackupOverdue(Struct, frozen=True):
    """The last backup of the schedule is too old."""

    notice_id: UUID
