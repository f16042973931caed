"""Creates resumable uploads, and shows and ends them."""

from typing import Any
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Forbidden, VezaError, required
from veza.core.ids import new_id
from veza.domains.platform.uploads import rules
from veza.domains.platform.uploads.errors import (
    QuotaExceeded,
    QuotaOfObjectsExceeded,
    ResumableTooLarge,
    UploadNotFound,
)
from veza.domains.platform.uploads.models import (
    Admission,
    ConcatenationRequest,
    CurrentUsage,
    NewResumable,
    NewUpload,
    QuotaLimit,
    ResumableRequest,
    ResumableState,
    ResumableUpload,
    UploadFailure,
    UploadResult,
    UploadStatus,
    UploadStatuses,
)
from veza.domains.platform.uploads.queries import resumable as queries
from veza.domains.platform.uploads.queries import sessions
from veza.domains.platform.uploads.resumable.purposes import (
    ResumableUploads,
    UploadPurpose,
    ensure_role,
    find_purpose,
)
from veza.domains.platform.uploads.rules import PURPOSE
from veza.domains.platform.uploads.service import lock_member
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders

# Why a part may not take up storage of a purpose: another may have room for it.
_NO_ROOM = (Forbidden, QuotaExceeded, QuotaOfObjectsExceeded, ResumableTooLarge)


async def create(
    resumable: ResumableUploads, tx: Tx, owner: Member, request: ResumableRequest
) -> ResumableUpload:
    """Create an upload, and reserve its storage.

    Raises UnknownPurpose, FilenameMissing, ResumableTooLarge, TooManyUploads, QuotaExceeded,
    QuotaOfObjectsExceeded, and what the purpose refuses. A part may leave its purpose to the final
    upload: until then it takes up storage of the first purpose that has room for it.
    """
    fields = rules.read_metadata(request.metadata)
    if not request.is_partial or PURPOSE in fields:
        find_purpose(resumable, fields, owner)
        return await _create_for(resumable, tx, owner, request=request, name=fields[PURPOSE])
    refusals: list[VezaError] = []
    for name in resumable.purposes:
        try:
            return await _create_for(resumable, tx, owner, request=request, name=name)
        except _NO_ROOM as error:
            refusals.append(error)
    raise refusals[0]


async def _create_for(
    resumable: ResumableUploads,
    tx: Tx,
    owner: Member,
    *,
    request: ResumableRequest,
    name: str,
) -> ResumableUpload:
    purpose = resumable.purposes[name]
    ensure_role(purpose, owner)
    new = NewResumable(
        id=new_id(),
        owner_id=owner.id,
        purpose=name,
        metadata=request.metadata,
        length_bytes=request.length_bytes or 0,
        state=ResumableState.RECEIVED if request.length_bytes == 0 else ResumableState.RECEIVING,
        is_partial=request.is_partial,
        is_deferred=request.length_bytes is None,
    )
    named = None if request.is_partial else rules.read_metadata(request.metadata)
    admission = await _admit(tx, purpose, owner, fields=named, length_bytes=new.length_bytes)
    new = await _reserve(resumable, tx, new, purpose=purpose, admission=admission)
    return await queries.insert_resumable(tx, new)


async def concatenate(
    resumable: ResumableUploads, tx: Tx, owner: Member, request: ConcatenationRequest
) -> ResumableUpload:
    """Create a final upload from finished parts, whose bytes and reservations it takes over.

    Raises PartsUnfinished, and what `create` raises.
    """
    fields = rules.read_metadata(request.metadata)
    purpose = find_purpose(resumable, fields, owner)
    await lock_member(tx, owner.id)
    parts = await queries.lock_parts(tx, request.part_ids, owner.id)
    rules.ensure_parts(parts, request.part_ids, fields[PURPOSE])
    new = NewResumable(
        id=new_id(),
        owner_id=owner.id,
        purpose=fields[PURPOSE],
        metadata=request.metadata,
        length_bytes=sum(part.length_bytes for part in parts),
        state=ResumableState.RECEIVED,
        concat=request.concat,
    )
    admission = await _admit(tx, purpose, owner, fields=fields, length_bytes=new.length_bytes)
    moved = [part for part in parts if part.purpose != new.purpose]
    if moved:
        moved_bytes = sum(part.length_bytes for part in moved)
        limit, usage = await _find_usage(resumable, tx, new, purpose=purpose, admission=admission)
        _ensure_fits(moved_bytes, limit, usage, admission)
        await sessions.update_kind(tx, [part.id for part in moved], purpose.kind)
    created = await queries.insert_resumable(tx, new)
    await queries.update_parts(tx, created.id, request.part_ids)
    return created


async def get(conn: Conn, upload_id: UUID, owner: Member) -> ResumableUpload:
    """Return an upload of the caller. Raises UploadNotFound, also if it has expired."""
    return required(await queries.find_resumable(conn, upload_id, owner.id), UploadNotFound)


async def list_statuses(conn: Conn, resumable: ResumableUploads, owner: Member) -> UploadStatuses:
    """Return the uploads of the caller that have not expired, the latest first."""
    found = await queries.list_resumable(conn, owner.id)
    return UploadStatuses([show(resumable, upload) for upload in found])


async def terminate(tx: Tx, upload_id: UUID, owner: Member) -> None:
    """Delete an upload of the caller, with its parts. What a completed one became stays.

    A request that still sends bytes is refused, and deletes those that it stored since. Raises
    UploadNotFound.
    """
    await lock_member(tx, owner.id)
    deleted = await queries.delete_resumable(tx, upload_id, owner.id)
    if not deleted:
        raise UploadNotFound
    await sessions.delete_reservations(tx, deleted)
    await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in deleted]))


def show(resumable: ResumableUploads, upload: ResumableUpload) -> UploadStatus:
    """Return an upload as its owner sees it, with what it became, or why it failed."""
    failure = None
    if upload.error_code is not None and upload.error_message is not None:
        failure = UploadFailure(upload.error_code, upload.error_message)
    return UploadStatus(
        id=upload.id,
        purpose=upload.purpose,
        state=upload.state,
        length_bytes=None if upload.is_deferred else upload.length_bytes,
        offset_bytes=upload.offset_bytes,
        is_partial=upload.is_partial,
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        result=find_result(resumable, upload),
        failure=failure,
    )


def find_result(resumable: ResumableUploads, upload: ResumableUpload) -> UploadResult | None:
    """Return what a completed upload became."""
    if upload.result_id is None:
        return None
    path_of = resumable.purposes[upload.purpose].path_of
    path = path_of(rules.read_metadata(upload.metadata), upload.result_id)
    return UploadResult(upload.result_id, f"{resumable.api_path}{path}")


async def _admit(
    tx: Tx,
    purpose: UploadPurpose[Any],
    owner: Member,
    *,
    fields: dict[str, str] | None,
    length_bytes: int,
) -> Admission:
    """Check an upload by the rules of its purpose; `fields` is None for a part."""
    if length_bytes > purpose.max_bytes:
        raise ResumableTooLarge
    named = None
    if fields is not None:
        rules.filename_of(fields)
        named = purpose.read_fields(fields)
    await lock_member(tx, owner.id)
    return await purpose.ensure_allowed(tx, owner, named, length_bytes)


async def _reserve(
    resumable: ResumableUploads,
    tx: Tx,
    new: NewResumable,
    *,
    purpose: UploadPurpose[Any],
    admission: Admission,
) -> NewResumable:
    """Reserve the length of an upload, or all that it may get; return it with that length."""
    limit, usage = await _find_usage(resumable, tx, new, purpose=purpose, admission=admission)
    rules.ensure_may_open(usage, limit)
    if new.is_deferred:
        most = rules.max_upload_bytes(limit, usage, _largest_bytes(admission))
        # At least one byte: nobody defers the length of nothing.
        new = structs.replace(new, length_bytes=max(1, min(purpose.max_bytes, most)))
    _ensure_fits(new.length_bytes, limit, usage, admission)
    reservation = NewUpload(
        new.id,
        purpose.kind,
        rules.folder_of(new.id),
        parent_id=admission.parent_id,
        body_bytes=new.length_bytes,
    )
    await sessions.insert_reservation(tx, new.owner_id, reservation)
    return new


async def _find_usage(
    resumable: ResumableUploads,
    tx: Tx,
    new: NewResumable,
    *,
    purpose: UploadPurpose[Any],
    admission: Admission,
) -> tuple[QuotaLimit, CurrentUsage]:
    quota = admission.quota
    limit = QuotaLimit(quota.limit_bytes) if quota else resumable.uploads.limits[purpose.kind]
    usage = await sessions.find_current_usage(tx, new.owner_id, purpose.kind, new.id)
    if quota is not None:
        usage = structs.replace(usage, bytes=quota.used_bytes)
    return limit, usage


def _ensure_fits(size: int, limit: QuotaLimit, usage: CurrentUsage, admission: Admission) -> None:
    rules.ensure_fits(size, limit, usage, largest_bytes=_largest_bytes(admission))


def _largest_bytes(admission: Admission) -> int:
    return admission.quota.largest_bytes if admission.quota else 0
