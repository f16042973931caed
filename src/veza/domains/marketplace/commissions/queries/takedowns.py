"""SQL for the report and the take-down of a single message of a commission, with its files."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import CommissionEntryId, FileSnapshotId, UserId
from veza.core.reviews import ReviewedObject
from veza.core.takedowns import revoked_item
from veza.domains.marketplace.commissions.models import CommissionMessageEvidence, OwnedEntry
from veza.infra.postgres.database import Conn, Tx


async def find_owned(conn: Conn, entry_id: CommissionEntryId) -> OwnedEntry | None:
    """Return what a party wrote, unless it is deleted."""
    sql = """
        select author_id, words
          from commission_entries
         where id = $1 and author_id is not null and party in ('buyer', 'seller') and words <> ''
    """
    return await conn.maybe(OwnedEntry, sql, entry_id)


async def find_evidence(
    conn: Conn, entry_id: CommissionEntryId, viewer_id: UserId
) -> CommissionMessageEvidence | None:
    """Return what a party wrote, for a party; None if there is no such text for the viewer."""
    sql = """
        select e.author_id, u.username, e.words as content, e.commission_id, e.created_at,
               array(select p.name
                       from commission_files f
                       join file_snapshots p on p.id = f.snapshot_id
                      where f.entry_id = e.id
                      order by f.position) as file_names
          from commission_entries e
          join commissions c on c.id = e.commission_id
          join users u on u.id = e.author_id
         where e.id = $1 and $2 in (c.buyer_id, c.seller_id)
           and e.party in ('buyer', 'seller') and e.words <> '' and not e.is_taken_down
    """
    return await conn.maybe(CommissionMessageEvidence, sql, entry_id, viewer_id)


async def list_reviewed(conn: Conn, entry_id: UUID) -> list[ReviewedObject]:
    """Return the files of an entry, with their keys as in `blobs`."""
    sql = """
        select p.id, p.name, 'blobs/' || right(b.id::text, 2) || '/' || b.id || '/content' as key,
               p.size_bytes, p.content_type, p.sha256, p.created_at as stored_at
          from commission_files f
          join file_snapshots p on p.id = f.snapshot_id
          join blobs b on b.sha256 = p.sha256
         where f.entry_id = $1
         order by f.position
    """
    return await conn.all(ReviewedObject, sql, entry_id)


async def update_taken_down(tx: Tx, entry_id: CommissionEntryId, *, is_taken_down: bool) -> bool:
    """Hide or show an entry; return False if it is so already, or is deleted."""
    sql = """
        update commission_entries
           set is_taken_down = $2
         where id = $1 and is_taken_down <> $2 and words <> ''
    """
    return await tx.run(sql, entry_id, is_taken_down) == 1


async def update_due_again(tx: Tx, entry_id: CommissionEntryId, within: timedelta) -> None:
    """Give a buyer this long to answer a delivery that is shown again, if it is the last one."""
    sql = """
        update commissions c
           set due_at = greatest(c.due_at, now() + $2::interval)
          from commission_entries e
         where e.id = $1 and e.kind = 'delivery' and c.id = e.commission_id
           and c.status = 'delivered'
           and not exists (select from commission_entries n
                            where n.commission_id = c.id and n.kind = 'delivery' and n.id > e.id)
    """
    await tx.run(sql, entry_id, within)


async def update_deleted(tx: Tx, entry_id: CommissionEntryId) -> list[FileSnapshotId]:
    """Empty an entry, and return its files, unless they are a delivery that the buyer keeps."""
    await tx.run("update commission_entries set words = '' where id = $1", entry_id)
    sql = f"""
        select f.snapshot_id
          from commission_files f
          join commission_entries e on e.id = f.entry_id
          join commissions c on c.id = e.commission_id
         where e.id = $1
           and not (e.kind = 'delivery' and c.buyer_id is not null and c.status <> 'cancelled'
                    and not {revoked_item("commission_message", "e.id")})
         order by f.snapshot_id
    """
    return [FileSnapshotId(each) for each in await tx.column(UUID, sql, entry_id)]
