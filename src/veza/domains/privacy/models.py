"""States of exports, pending deletions, and erasures by staff."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import ExportId, UserId
from veza.domains.marketplace.commissions.models import LeftWork
from veza.domains.profiles.models.profiles import OwnedPages


class ExportStatus(StrEnum):
    """The state of an export. An `expired` export was ready, and is deleted."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class ExportProgress(Struct, frozen=True):
    """The progress of an export."""

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int


class StoredExport(ExportProgress, frozen=True):
    """A row of `exports`: `sha256` is in hex, and only the last of the `tries` counts."""

    id: ExportId
    user_id: UserId
    status: ExportStatus
    failure_reason: str | None
    tries: int
    size_bytes: int | None
    sha256: str | None
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None


class Export(Struct, frozen=True):
    """An export as its member sees it.

    The URL works without a token until `expires_at`.
    """

    id: ExportId
    status: ExportStatus
    failure_reason: str | None
    percent: Annotated[int, Meta(ge=0, le=100)]
    files_done: int
    files_total: int
    size_bytes: int | None
    sha256: str | None
    url: str | None
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None


class AccountDeletion(Struct, frozen=True):
    """The current password, which confirms the deletion."""

    password: Annotated[str, Meta(max_length=1000, examples=["SecureP@ssw0rd"])]


class DeletionPreview(OwnedPages, frozen=True):
    """The pages and the unfinished services of an account, by what a deletion does with them.

    A page stays with its other owners. Hand one over first to keep it.
    """

    services: LeftWork


class DeletionResult(Struct, frozen=True):
    """When the account is erased: `due_at` is null if it already is."""

    message: str
    due_at: datetime | None


class PendingDeletion(Struct, frozen=True):
    """A row of `pending_deletions`."""

    requested_at: datetime
    due_at: datetime


class DeletionStatus(Struct, frozen=True):
    """When the account is erased, unless that is cancelled: null if no deletion is pending."""

    due_at: datetime | None


class StaffErasure(Struct, frozen=True):
    """An erasure by staff. `decided_by` is null once that admin's account is erased."""

    id: UUID
    reason: str
    decided_by: UserId | None
    erased_at: datetime


class PersonalPrivacy(Struct, frozen=True):
    """A member's exports, their pending deletion, and the erasures they decided as an admin."""

    exports: list[StoredExport]
    pending_deletion: PendingDeletion | None
    erasures_decided: list[StaffErasure]


class ErasureForm(Struct, frozen=True):
    """The reason of an erasure. It is kept for good, and should not name the member."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class StaffErasurePage(Struct, frozen=True):
    """A page of the erasures by staff, newest first."""

    erasures: list[StaffErasure]
    next_cursor: str | None
    has_more: bool


class EraseMember(Struct, frozen=True):
    """Job: erase an account whose deletion is due."""

    user_id: UserId


class BuildExport(Struct, frozen=True):
    """Job: build an export."""

    export_id: ExportId


class DeleteExports(Struct, frozen=True):
    """Job: delete the archives of exports."""

    export_ids: list[ExportId]
