"""A profile has one import. Its items are imported in the order of the feed, one at a time."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from veza.core.access import Member
from veza.core.ids import ShowId, TrackId, UserId
from veza.core.visibility import active
from veza.domains.shows.models.imports import (
    ForeignEpisode,
    ImportCounts,
    ImportedItem,
    ImportState,
    PersonalImport,
    StoredImport,
    WaitingItem,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_COLUMNS = """
    i.id, i.owner_id, i.feed_url, i.code, i.is_published, i.state, i.error, i.show_id,
    i.created_at, i.updated_at
"""
_ITEM = "x.position, x.entry ->> 'title' as title, x.state, x.error, x.track_id"
# More than a server has imports that run.
_MAX_RUNNING = 1_000


async def insert_import(tx: Tx, new: StoredImport) -> bool:
    """Store an import in place of one that is over; return False if one runs."""
    over = "delete from show_imports where owner_id = $1 and state not in ('reading', 'importing')"
    await tx.run(over, new.owner_id)
    sql = """
        insert into show_imports (id, owner_id, feed_url, code, is_published, state)
             values (:id, :owner_id, :feed_url, :code, :is_published, :state)
        on conflict (owner_id) do nothing
    """
    return await tx.run(*bind(sql, new)) == 1


async def find_import_of(conn: Conn, owner_id: UserId) -> StoredImport | None:
    sql = f"select {_COLUMNS} from show_imports i where i.owner_id = $1"
    return await conn.maybe(StoredImport, sql, owner_id)


async def lock_import_of(tx: Tx, owner_id: UserId) -> StoredImport | None:
    sql = f"select {_COLUMNS} from show_imports i where i.owner_id = $1 for update"
    return await tx.maybe(StoredImport, sql, owner_id)


async def lock_import(tx: Tx, import_id: UUID) -> StoredImport | None:
    sql = f"select {_COLUMNS} from show_imports i where i.id = $1 for update"
    return await tx.maybe(StoredImport, sql, import_id)


async def find_import(conn: Conn, import_id: UUID) -> StoredImport | None:
    sql = f"select {_COLUMNS} from show_imports i where i.id = $1"
    return await conn.maybe(StoredImport, sql, import_id)


async def find_owner(conn: Conn, import_id: UUID) -> Member | None:
    """Return the owner of an import with their present role; None if deleted or suspended."""
    sql = f"""
        select u.id, u.role, null as session_id
          from show_imports i
          join users u on u.id = i.owner_id
         where i.id = $1 and {active("u")}
    """
    return await conn.maybe(Member, sql, import_id)


async def count_items(conn: Conn, import_id: UUID) -> ImportCounts:
    sql = """
        select count(*) as items_count,
               count(*) filter (where state = 'done') as done_count,
               count(*) filter (where state = 'failed') as failed_count
          from show_import_items
         where import_id = $1
    """
    return await conn.one(ImportCounts, sql, import_id)


async def list_items(conn: Conn, import_id: UUID, *, after: int, limit: int) -> list[ImportedItem]:
    """Return a page in the order of the feed, and the first item of the next page."""
    sql = f"""
        select {_ITEM}
          from show_import_items x
         where x.import_id = $1 and x.position > $2
         order by x.position
         limit {limit + 1:d}
    """
    return await conn.all(ImportedItem, sql, import_id, after)


async def insert_items(tx: Tx, import_id: UUID, items: Sequence[ForeignEpisode]) -> None:
    sql = """
        insert into show_import_items (import_id, position, entry)
             select $1, given.place - 1, given.entry::jsonb
               from unnest($2::text[]) with ordinality as given (entry, place)
    """
    await tx.run(sql, import_id, [msgspec.json.encode(item).decode() for item in items])


async def update_state(
    tx: Tx, import_id: UUID, state: ImportState, error: str | None = None
) -> None:
    sql = """
        update show_imports set state = $2, error = $3, updated_at = now() where id = $1
    """
    await tx.run(sql, import_id, state, error)


async def update_show(tx: Tx, import_id: UUID, show_id: ShowId) -> None:
    """Note which show the items of an import belong to."""
    sql = """
        update show_imports
           set state = 'importing', error = null, show_id = $2, updated_at = now()
         where id = $1
    """
    await tx.run(sql, import_id, show_id)


async def guid_exists(conn: Conn, guid: UUID) -> bool:
    """Return whether a show of this server has a guid."""
    return await conn.value(bool, "select true from shows where guid = $1", guid) or False


async def list_running(conn: Conn) -> list[StoredImport]:
    """Return the imports that a job is to continue."""
    sql = f"""
        select {_COLUMNS}
          from show_imports i
         where i.state in ('reading', 'importing')
         order by i.id
         limit {_MAX_RUNNING:d}
    """
    return await conn.all(StoredImport, sql)


async def find_next_item(conn: Conn, import_id: UUID) -> WaitingItem | None:
    """Return the item that is due, the first one of the feed."""
    sql = """
        select import_id, position, entry, tries, upload_id, validator
          from show_import_items
         where import_id = $1 and state = 'waiting' and due_at <= now()
         order by position
         limit 1
    """
    return await conn.maybe(WaitingItem, sql, import_id)


async def find_item(conn: Conn, import_id: UUID, position: int) -> WaitingItem | None:
    sql = """
        select import_id, position, entry, tries, upload_id, validator
          from show_import_items
         where import_id = $1 and position = $2
    """
    return await conn.maybe(WaitingItem, sql, import_id, position)


async def update_upload(
    tx: Tx, item: WaitingItem, upload_id: UUID | None, validator: str | None
) -> bool:
    """Note which upload receives the file of an item; return False if the import is cancelled."""
    sql = """
        update show_import_items
           set upload_id = $3, validator = $4
         where import_id = $1 and position = $2
    """
    return await tx.run(sql, item.import_id, item.position, upload_id, validator) == 1


async def update_postponed(tx: Tx, item: WaitingItem, tries: int, pause: timedelta) -> None:
    sql = """
        update show_import_items
           set tries = $3, due_at = now() + $4::interval
         where import_id = $1 and position = $2
    """
    await tx.run(sql, item.import_id, item.position, tries, pause)


async def update_failed(
    tx: Tx, item: WaitingItem, error: str, *, keep_upload: bool = False
) -> None:
    """Note why an item can't be imported. What is kept of its file is continued by a retry."""
    sql = """
        update show_import_items
           set state = 'failed', error = $3,
               upload_id = case when $4 then upload_id end,
               validator = case when $4 then validator end
         where import_id = $1 and position = $2
    """
    await tx.run(sql, item.import_id, item.position, error, keep_upload)


async def update_all_failed(tx: Tx, import_id: UUID, error: str) -> None:
    """Note for all that wait why they can't be imported."""
    sql = """
        update show_import_items
           set state = 'failed', error = $2, upload_id = null, validator = null
         where import_id = $1 and state = 'waiting'
    """
    await tx.run(sql, import_id, error)


async def update_done(tx: Tx, item: WaitingItem, track_id: TrackId | None) -> bool:
    """Note which track an item became; return False if the import is cancelled."""
    sql = """
        update show_import_items
           set state = 'done', error = null, track_id = $3, upload_id = null, validator = null
         where import_id = $1 and position = $2
    """
    return await tx.run(sql, item.import_id, item.position, track_id) == 1


async def update_again(tx: Tx, import_id: UUID) -> int:
    """Let the failed items of an import wait again; return how many."""
    sql = """
        update show_import_items
           set state = 'waiting', error = null, tries = 0, due_at = now()
         where import_id = $1 and state = 'failed'
    """
    return await tx.run(sql, import_id)


async def find_finished(tx: Tx, import_id: UUID) -> bool:
    """Return whether no item of an import waits."""
    sql = """
        select not exists (
                   select from show_import_items where import_id = $1 and state = 'waiting'
               )
    """
    return await tx.value(bool, sql, import_id) or False


async def list_uploads(conn: Conn, import_id: UUID) -> list[UUID]:
    """Return the uploads that receive files of an import."""
    sql = """
        select upload_id
          from show_import_items
         where import_id = $1 and upload_id is not null
         order by position
         limit 100
    """
    return await conn.column(UUID, sql, import_id)


async def episode_exists(conn: Conn, show_id: ShowId, guid: str) -> bool:
    """Return whether a show has an episode with a guid."""
    sql = "select true from episodes where show_id = $1 and guid = $2"
    return await conn.value(bool, sql, show_id, guid) or False


async def delete_import_of(tx: Tx, owner_id: UserId) -> None:
    await tx.run("delete from show_imports where owner_id = $1", owner_id)


async def list_personal(conn: Conn, owner_id: UserId) -> list[PersonalImport]:
    """Return the import of a profile, with all its items."""
    found = await find_import_of(conn, owner_id)
    if found is None:
        return []
    sql = f"select {_ITEM} from show_import_items x where x.import_id = $1 order by x.position"
    return [PersonalImport(found, await conn.every(ImportedItem, sql, found.id))]
