"""Entries of rosters: of a label its artists, of an artist its labels."""

from veza.core.ids import ProfileId, RosterEntryId, UserId
from veza.core.visibility import active, blocked
from veza.domains.profiles.models.roster import RosterForm, StoredRosterEntry
from veza.domains.profiles.queries.profiles import COLUMNS, FROM
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_ENTRY = f"""
    select {COLUMNS}, e.id as entry_id, e.label_id, e.profile_id, e.scope,
           e.accepted_at is not null as is_accepted
    {FROM}
"""


async def list_entries(
    conn: Conn, profile_id: ProfileId, viewer_id: UserId | None, *, with_open: bool
) -> list[StoredRosterEntry]:
    """Return the entries of a label or an artist, with the other side, the oldest first.

    Open ones are those that were not accepted yet.
    """
    where = Where(active("u"))
    place = where.bind(profile_id)
    where.add(f"{place} in (e.label_id, e.profile_id)")
    if not with_open:
        where.add("e.accepted_at is not null")
    if viewer_id is not None:
        where.add(f"not {blocked(where.bind(viewer_id), 'u.id')}")
    sql = f"""
        {_ENTRY}
          join roster_entries e
            on (e.label_id = {place} and p.id = e.profile_id)
            or (e.profile_id = {place} and p.id = e.label_id)
        {where.sql}
         order by e.created_at, e.id
         limit 1000
    """
    return await conn.all(StoredRosterEntry, sql, *where.values)


async def find_entry(conn: Conn, entry_id: RosterEntryId) -> StoredRosterEntry | None:
    """Return an entry, with the artist."""
    sql = f"{_ENTRY} join roster_entries e on e.profile_id = p.id where e.id = $1"
    return await conn.maybe(StoredRosterEntry, sql, entry_id)


async def count_entries(conn: Conn, label_id: ProfileId) -> int:
    sql = "select count(*) from roster_entries where label_id = $1"
    return await conn.value(int, sql, label_id) or 0


async def insert_entry(
    tx: Tx, entry_id: RosterEntryId, label_id: ProfileId, form: RosterForm
) -> bool:
    """Return False if the artist is on the roster already, or was asked."""
    sql = """
        insert into roster_entries (id, label_id, profile_id, scope)
             values ($1, $2, $3, $4)
        on conflict (label_id, profile_id) do nothing
    """
    return await tx.run(sql, entry_id, label_id, form.profile_id, form.scope) == 1


async def update_accepted(tx: Tx, entry_id: RosterEntryId) -> bool:
    """Return False if the entry is gone."""
    sql = "update roster_entries set accepted_at = coalesce(accepted_at, now()) where id = $1"
    return await tx.run(sql, entry_id) == 1


async def delete_entry(tx: Tx, entry_id: RosterEntryId) -> None:
    await tx.run("delete from roster_entries where id = $1", entry_id)
