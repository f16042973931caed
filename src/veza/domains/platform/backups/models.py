"""Structs of the attempts to make a backup."""

from datetime import datetime, timedelta

from msgspec import Struct

# The advisory lock that is held while a backup is made. Any constant that nothing else uses.
LOCK = 0x6261636B


class BackupSchedule(Struct, frozen=True):
    """Where backups are made, and how often."""

    target: str
    every: timedelta


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
    """The last attempts at a target: when the last one failed, and whether one is unfinished."""

    completed_at: datetime | None
    failed_at: datetime | None
    is_unfinished: bool
