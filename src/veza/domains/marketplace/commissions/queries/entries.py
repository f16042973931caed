"""Statements on entries, which are only added, and on their files."""

from collections.abc import Sequence

from veza.core.ids import CommissionEntryId, FileSnapshotId, OrderItemId, UserId
from veza.core.takedowns import revoked_item, takedown_column
from veza.domains.marketplace.commissions.models import (
    FileUsage,
    KeptFiles,
    NewEntry,
    Party,
    PersonalCommission,
    PersonalCommissionEntry,
    ServedFile,
    StoredCommissionEntry,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# Taken from its buyer; what is not taken down costs no look-up.
_IS_REVOKED = f"(e.is_taken_down and {revoked_item('commission_message', 'e.id')})"


async def insert_entry(
    tx: Tx, entry_id: CommissionEntryId, commission_id: OrderItemId, entry: NewEntry
) -> None:
    sql = """
        insert into commission_entries (id, commission_id, kind, party, author_id, words)
             values (:id, :commission_id, :kind, :party, :author_id, :words)
    """
    await tx.run(*bind(sql, entry, id=entry_id, commission_id=commission_id))


async def insert_files(
    tx: Tx, entry_id: CommissionEntryId, snapshot_ids: Sequence[FileSnapshotId]
) -> None:
    sql = """
        insert into commission_files (snapshot_id, entry_id, position)
             select id, $1, place - 1
               from unnest($2::uuid[]) with ordinality as sent (id, place)
    """
    await tx.run(sql, entry_id, snapshot_ids)


async def count_messages(conn: Conn, commission_id: OrderItemId, party: Party) -> int:
    sql = """
        select count(*)
          from commission_entries
         where commission_id = $1 and kind = 'message' and party = $2
    """
    return await conn.value(int, sql, commission_id, party) or 0


async def find_usage(conn: Conn, commission_id: OrderItemId, party: Party) -> FileUsage:
    """Return the number and the size of the files that a party sent in a commission."""
    sql = """
        select count(*) as files, coalesce(sum(p.size_bytes), 0)::bigint as bytes
          from commission_entries e
          join commission_files f on f.entry_id = e.id
          join file_snapshots p on p.id = f.snapshot_id
         where e.commission_id = $1 and e.party = $2
    """
    return await conn.one(FileUsage, sql, commission_id, party)


async def list_entries(conn: Conn, commission_id: OrderItemId) -> list[StoredCommissionEntry]:
    """Return the history, oldest first. It has fewer entries: see `rules.states`."""
    sql = f"""
        select e.id, e.kind, e.party, e.words, e.is_taken_down, e.created_at,
               {_IS_REVOKED} as is_revoked,
               {takedown_column("commission_message", "e", "is_taken_down")},
               (select coalesce(jsonb_agg(jsonb_build_object(
                           'id', p.id, 'name', p.name, 'size_bytes', p.size_bytes,
                           'content_type', p.content_type) order by f.position), '[]')
                  from commission_files f
                  join file_snapshots p on p.id = f.snapshot_id
                 where f.entry_id = e.id) as files
          from commission_entries e
         where e.commission_id = $1
         order by e.id
         limit 1000
    """
    return await conn.all(StoredCommissionEntry, sql, commission_id)


async def find_file(
    conn: Conn, commission_id: OrderItemId, file_id: FileSnapshotId
) -> ServedFile | None:
    sql = f"""
        select e.kind, e.party, e.is_taken_down, {_IS_REVOKED} as is_revoked, p.name,
               b.id as blob_id, p.sha256, p.size_bytes, p.created_at as stored_at
          from commission_files f
          join commission_entries e on e.id = f.entry_id
          join file_snapshots p on p.id = f.snapshot_id
          join blobs b on b.sha256 = p.sha256
         where f.snapshot_id = $2 and e.commission_id = $1
    """
    return await conn.maybe(ServedFile, sql, commission_id, file_id)


async def list_delivered(conn: Conn, seller_id: UserId) -> list[KeptFiles]:
    """Return the files that a seller delivered, to buyers who are still there."""
    sql = f"""
        select c.buyer_id, array_agg(f.snapshot_id order by f.snapshot_id) as snapshot_ids
          from commissions c
          join commission_entries e on e.commission_id = c.id and e.kind = 'delivery'
                                    and not {_IS_REVOKED}
          join commission_files f on f.entry_id = e.id
         where c.seller_id = $1 and c.buyer_id is not null and c.status = 'accepted'
         group by c.buyer_id
         order by c.buyer_id
    """
    return await conn.every(KeptFiles, sql, seller_id)


async def list_personal_commissions(conn: Conn, user_id: UserId) -> list[PersonalCommission]:
    """Return the commissions of a buyer or seller, oldest first."""
    sql = """
        select c.id, c.order_id, i.title, c.status, c.created_at,
               case when c.buyer_id = $1 then 'buyer' else 'seller' end as role
          from commissions c
          join order_items i on i.id = c.id
         where c.buyer_id = $1 or c.seller_id = $1
         order by c.id
    """
    return await conn.every(PersonalCommission, sql, user_id)


async def list_personal_entries(conn: Conn, user_id: UserId) -> list[PersonalCommissionEntry]:
    """Return what a member wrote and sent, oldest first."""
    sql = """
        select e.commission_id, e.kind, e.words, e.created_at,
               array(select p.name
                       from commission_files f
                       join file_snapshots p on p.id = f.snapshot_id
                      where f.entry_id = e.id
                      order by f.position) as file_names
          from commission_entries e
         where e.author_id = $1
         order by e.id
    """
    return await conn.every(PersonalCommissionEntry, sql, user_id)
