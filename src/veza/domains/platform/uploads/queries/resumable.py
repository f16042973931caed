"""Only the writer that holds an upload appends to it and completes it."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import UserId
from veza.core.visibility import active
from veza.domains.platform.uploads.models import (
    NewResumable,
    NewSegment,
    ResumableUpload,
    Segment,
    UploadFailure,
    UploadSource,
)
from veza.domains.platform.uploads.rules import IDLE, KEPT, LEASE, LIFETIME, MAX_RESUMABLE
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_COLUMNS = """
    id, owner_id, purpose, metadata, length_bytes, offset_bytes, segments, state, is_partial,
    is_deferred, final_id, concat, result_id, error_code, error_message, created_at, expires_at
"""


async def insert_resumable(tx: Tx, new: NewResumable) -> ResumableUpload:
    sql = f"""
        insert into resumable_uploads (id, owner_id, purpose, metadata, length_bytes, offset_bytes,
                                       state, is_partial, is_deferred, concat, writer_id,
                                       writer_until, expires_at)
             values (:id, :owner_id, :purpose, :metadata, :length_bytes,
                     case when :state::text = 'received' then :length_bytes::bigint else 0 end,
                     :state, :is_partial, :is_deferred, :concat, :writer_id,
                     case when :writer_id::uuid is null then '-infinity'
                          else clock_timestamp() + :lease::interval end,
                     clock_timestamp() + :idle::interval)
          returning {_COLUMNS}
    """
    return await tx.one(ResumableUpload, *bind(sql, new, lease=LEASE, idle=IDLE))


async def find_resumable(conn: Conn, upload_id: UUID, owner_id: UserId) -> ResumableUpload | None:
    sql = f"""
        select {_COLUMNS}
          from resumable_uploads
         where id = $1 and owner_id = $2 and expires_at > clock_timestamp()
    """
    return await conn.maybe(ResumableUpload, sql, upload_id, owner_id)


async def list_resumable(conn: Conn, owner_id: UserId) -> list[ResumableUpload]:
    sql = f"""
        select {_COLUMNS}
          from resumable_uploads
         where owner_id = $1 and expires_at > clock_timestamp()
         order by created_at desc
         limit {MAX_RESUMABLE:d}
    """
    return await conn.all(ResumableUpload, sql, owner_id)


async def lock_resumable(tx: Tx, upload_id: UUID, owner_id: UserId) -> ResumableUpload | None:
    sql = f"""
        select {_COLUMNS}
          from resumable_uploads
         where id = $1 and owner_id = $2 and expires_at > clock_timestamp()
           for update
    """
    return await tx.maybe(ResumableUpload, sql, upload_id, owner_id)


async def lock_parts(tx: Tx, upload_ids: Sequence[UUID], owner_id: UserId) -> list[ResumableUpload]:
    """Lock the parts of a final upload, which must be of one member and not used yet."""
    sql = f"""
        select {_COLUMNS}
          from resumable_uploads
         where id = any($1) and owner_id = $2 and expires_at > clock_timestamp()
           and is_partial and final_id is null and state = 'received'
         order by id
           for update
    """
    return await tx.all(ResumableUpload, sql, upload_ids, owner_id)


async def count_writers(conn: Conn, owner_id: UserId, but_id: UUID) -> int:
    """Count a member's uploads that bytes are arriving for, without one."""
    sql = """
        select count(*)
          from resumable_uploads
         where owner_id = $1 and id <> $2 and writer_until > clock_timestamp()
    """
    return await conn.value(int, sql, owner_id, but_id) or 0


async def find_owner(conn: Conn, upload_id: UUID) -> Member | None:
    """Return the owner of an upload; None if they are deleted or suspended."""
    sql = f"""
        select u.id, u.role, null as session_id
          from resumable_uploads r
          join users u on u.id = r.owner_id
         where r.id = $1 and {active("u")}
    """
    return await conn.maybe(Member, sql, upload_id)


async def update_writer(tx: Tx, upload_id: UUID, writer_id: UUID) -> None:
    """Hand an upload to a writer, in place of any other."""
    sql = """
        update resumable_uploads
           set writer_id = $2, writer_until = clock_timestamp() + $3::interval
         where id = $1
    """
    await tx.run(sql, upload_id, writer_id, LEASE)


async def update_length(tx: Tx, upload_id: UUID, length_bytes: int) -> ResumableUpload:
    """Note the length of an upload that had none, of which all may have arrived."""
    sql = f"""
        update resumable_uploads
           set length_bytes = $2, is_deferred = false,
               state = case when offset_bytes = $2 then 'received' else state end
         where id = $1
     returning {_COLUMNS}
    """
    return await tx.one(ResumableUpload, sql, upload_id, length_bytes)


async def update_free_writer(tx: Tx, upload_id: UUID, writer_id: UUID) -> ResumableUpload | None:
    """Hand a received upload to a writer, unless another one holds it."""
    sql = f"""
        update resumable_uploads
           set writer_id = $2, writer_until = clock_timestamp() + $3::interval
         where id = $1 and state = 'received' and not is_partial and owner_id is not null
           and (writer_id is null or writer_until < clock_timestamp())
           and expires_at > clock_timestamp()
     returning {_COLUMNS}
    """
    return await tx.maybe(ResumableUpload, sql, upload_id, writer_id, LEASE)


async def update_lease(tx: Tx, upload_id: UUID, writer_id: UUID) -> None:
    """Renew the time of a writer that still holds an upload."""
    sql = """
        update resumable_uploads
           set writer_until = clock_timestamp() + $3::interval
         where id = $1 and writer_id = $2
    """
    await tx.run(sql, upload_id, writer_id, LEASE)


async def update_released(tx: Tx, upload_id: UUID, writer_id: UUID, pause_s: float) -> None:
    """Release an upload, which a job completes after a pause if all of it has arrived."""
    sql = """
        update resumable_uploads
           set writer_id = null, writer_until = clock_timestamp() + make_interval(secs => $3)
         where id = $1 and writer_id = $2
    """
    await tx.run(sql, upload_id, writer_id, pause_s)


async def insert_segment(tx: Tx, new: NewSegment) -> bool:
    """Append stored bytes; return False if another writer has the upload, or it is gone."""
    sql = """
        with appended as (
            update resumable_uploads
               set offset_bytes = offset_bytes + :size_bytes, segments = segments + 1,
                   state = case when offset_bytes + :size_bytes = length_bytes and not is_deferred
                                then 'received' else state end,
                   writer_until = clock_timestamp() + :lease::interval,
                   expires_at = least(clock_timestamp() + :idle::interval,
                                      created_at + :lifetime::interval)
             where id = :upload_id and writer_id = :writer_id and offset_bytes = :first_byte
               and state = 'receiving' and expires_at > clock_timestamp()
         returning id, expires_at
        ), renewed as (
            update uploads u
               set reserved_until = a.expires_at
              from appended a
             where u.id = a.id
        )
        insert into resumable_segments (id, upload_id, first_byte, size_bytes)
        select :id, id, :first_byte, :size_bytes
          from appended
    """
    return await tx.run(*bind(sql, new, lease=LEASE, idle=IDLE, lifetime=LIFETIME)) == 1


async def list_segments(conn: Conn, upload_id: UUID) -> list[Segment]:
    """Return all segments of an upload, or of the parts of a final one, in order."""
    sql = """
        select s.id, s.upload_id, s.size_bytes
          from resumable_uploads u
          join resumable_segments s on s.upload_id = u.id
         where u.id = $1 or u.final_id = $1
         order by u.place, s.first_byte
    """
    return await conn.every(Segment, sql, upload_id)


async def list_part_ids(conn: Conn, upload_id: UUID) -> list[UUID]:
    """Return the parts of a final upload: at most as many as a member may have."""
    sql = f"""
        select id from resumable_uploads where final_id = $1 order by place limit {MAX_RESUMABLE:d}
    """
    return await conn.column(UUID, sql, upload_id)


async def update_parts(tx: Tx, final_id: UUID, part_ids: Sequence[UUID]) -> None:
    """Make finished uploads the parts of a final one, in this order; they expire with it."""
    sql = """
        update resumable_uploads r
           set final_id = f.id, place = p.place, expires_at = f.expires_at
          from resumable_uploads f, unnest($2::uuid[]) with ordinality as p (id, place)
         where f.id = $1 and r.id = p.id
    """
    await tx.run(sql, final_id, part_ids)


async def update_completed(tx: Tx, source: UploadSource, result_id: UUID) -> bool:
    """Note what an upload became; return False if another writer has it, or it is gone."""
    sql = """
        update resumable_uploads
           set state = 'completed', result_id = $3, writer_id = null, writer_until = '-infinity',
               expires_at = clock_timestamp() + $4::interval
         where id = $1 and writer_id = $2 and state = 'received'
    """
    return await tx.run(sql, source.id, source.writer_id, result_id, KEPT) == 1


async def update_failed(tx: Tx, upload_id: UUID, writer_id: UUID, failure: UploadFailure) -> bool:
    """Note why an upload failed; return False if another writer has it, or it is gone."""
    sql = """
        update resumable_uploads
           set state = 'failed', error_code = $3, error_message = $4, writer_id = null,
               writer_until = '-infinity', expires_at = clock_timestamp() + $5::interval
         where id = $1 and writer_id = $2 and state in ('receiving', 'received')
    """
    noted = failure.code, failure.message
    return await tx.run(sql, upload_id, writer_id, *noted, KEPT) == 1


async def delete_contents(tx: Tx, upload_id: UUID) -> list[UUID]:
    """Delete the segments and the parts of an upload; return the ids of the parts."""
    await tx.run("delete from resumable_segments where upload_id = $1", upload_id)
    sql = "delete from resumable_uploads where final_id = $1 returning id"
    return await tx.column(UUID, sql, upload_id)


async def delete_resumable(tx: Tx, upload_id: UUID, owner_id: UserId) -> list[UUID]:
    """Delete an upload and its parts; return the ids of all. A part that is used stays."""
    sql = """
        with own as (
            select id
              from resumable_uploads
             where id = $1 and owner_id = $2 and final_id is null
               and expires_at > clock_timestamp()
        )
        delete from resumable_uploads r
         using own
         where r.id = own.id or r.final_id = own.id
     returning r.id
    """
    return await tx.column(UUID, sql, upload_id, owner_id)


async def delete_expired(tx: Tx) -> list[UUID]:
    """Delete up to 500 uploads that have expired, and no writer holds, and their parts.

    Return the ids of all.
    """
    sql = """
        with expired as (
            select id
              from resumable_uploads
             where expires_at < clock_timestamp() and writer_until < clock_timestamp()
               and final_id is null
             order by expires_at
             limit 500
               for update skip locked
        )
        delete from resumable_uploads r
         using expired e
         where r.id = e.id or r.final_id = e.id
     returning r.id
    """
    return await tx.column(UUID, sql)


async def list_unfinished(conn: Conn) -> list[UUID]:
    """Return up to 500 uploads that are received, and that no writer completes."""
    sql = """
        select id
          from resumable_uploads
         where state = 'received' and not is_partial and writer_until < clock_timestamp()
           and expires_at > clock_timestamp() and owner_id is not null
         order by writer_until
         limit 500
    """
    return await conn.column(UUID, sql)


async def list_resumable_of(conn: Conn, user_id: UserId) -> list[ResumableUpload]:
    """Return all uploads of a member, for their export."""
    sql = f"""
        select {_COLUMNS} from resumable_uploads where owner_id = $1 order by created_at
    """
    return await conn.every(ResumableUpload, sql, user_id)


async def update_expired(tx: Tx, user_id: UserId) -> None:
    """Expire the uploads of an erased member, and remove their metadata."""
    sql = """
        update resumable_uploads
           set owner_id = null, metadata = '', concat = null, expires_at = '-infinity'
         where owner_id = $1
    """
    await tx.run(sql, user_id)
