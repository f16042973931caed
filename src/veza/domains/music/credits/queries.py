"""Credits are locked after their item; those of a profile that is gone stay as names."""

from collections.abc import Collection, Sequence
from uuid import UUID

from veza.core.ids import CreditId, UserId
from veza.core.people import person_fields
from veza.core.visibility import (
    CreditState,
    active,
    blocked,
    visible_release,
    visible_track,
)
from veza.domains.music.credits.models import (
    CreditedItem,
    CreditedKind,
    CreditQuery,
    ItemCredit,
    LinkableProfile,
    NamedCredit,
    PendingCounts,
    PersonalCredit,
    StoredCredit,
    StoredCreditRequest,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# The table and its key by the kind of the item.
_TABLES = {
    CreditedKind.TRACK: ("track_credits", "track_id"),
    CreditedKind.RELEASE: ("release_credits", "release_id"),
}
_PROFILE = "u.id, u.username, coalesce(u.display_name, u.username) as display_name"


async def lock_profiles(
    tx: Tx, owner_id: UserId, user_ids: Collection[UserId]
) -> list[LinkableProfile]:
    """Lock those of the profiles that a member may name, in the order of their ids.

    Neither suspended nor blocked in either direction. So they are not deleted meanwhile, and no
    two members add credits that only one of them may add.
    """
    sql = f"""
        select {_PROFILE}
          from users u
         where u.id = any($2) and {active("u")} and not {blocked("$1", "u.id")}
         order by u.id
           for no key update of u
    """
    return await tx.all(LinkableProfile, sql, owner_id, list(user_ids))


async def find_profile(conn: Conn, user_id: UserId) -> LinkableProfile | None:
    """Return the names of a member, and the id that MusicBrainz has for them."""
    sql = f"""
        select {_PROFILE}, p.musicbrainz_id
          from users u
          left join profiles p on p.id = u.id
         where u.id = $1
    """
    return await conn.maybe(LinkableProfile, sql, user_id)


async def list_profiles_of_musicbrainz(
    conn: Conn, musicbrainz_ids: Collection[UUID]
) -> list[LinkableProfile]:
    """Return the profiles with ids of MusicBrainz: of several with one id, a verified one first."""
    sql = f"""
        select distinct on (p.musicbrainz_id) {_PROFILE}, p.musicbrainz_id
          from profiles p
          join users u on u.id = p.id
         where p.musicbrainz_id = any($1)
         order by p.musicbrainz_id, p.verified_at nulls last, p.id
    """
    return await conn.all(LinkableProfile, sql, list(musicbrainz_ids))


async def list_credits(conn: Conn, item: CreditedItem) -> list[StoredCredit]:
    """Return the credits of an item in their order."""
    table, key = _TABLES[item.kind]
    sql = f"""
        select c.id, c.role, c.name, c.join_phrase, c.instrument, c.user_id, c.state, c.created_at
          from {table} c
         where c.{key} = $1
         order by c.position
    """
    return await conn.all(StoredCredit, sql, item.id)


async def list_named(conn: Conn, item: CreditedItem) -> list[NamedCredit]:
    """Return the credits of an item in their order, each with its profile, answered or not."""
    table, key = _TABLES[item.kind]
    sql = f"""
        select c.role, c.name, c.join_phrase, c.instrument, c.state,
               case when u.id is not null then jsonb_build_object({person_fields("u")}) end
                   as profile
          from {table} c
          left join users u on u.id = c.user_id and {active("u")}
         where c.{key} = $1
         order by c.position
    """
    return await conn.all(NamedCredit, sql, item.id)


async def list_artists(
    conn: Conn, kind: CreditedKind, item_ids: Sequence[UUID]
) -> list[ItemCredit]:
    """Return the artists of tracks or releases, each in their order."""
    table, key = _TABLES[kind]
    sql = f"""
        select c.id, c.role, c.name, c.join_phrase, c.instrument, c.user_id, c.state, c.created_at,
               c.{key} as item_id
          from {table} c
         where c.{key} = any($1) and c.role = 'artist'
         order by c.{key}, c.position
    """
    return await conn.every(ItemCredit, sql, item_ids)


async def count_pending(
    conn: Conn, owner_id: UserId, user_ids: Collection[UserId]
) -> list[PendingCounts]:
    """Count the unanswered credits of profiles, and those among them that a member added."""
    sql = """
        select p.user_id, count(*) as total, count(*) filter (where p.owner_id = $1) as of_one
          from (select c.user_id, t.owner_id
                  from track_credits c
                  join tracks t on t.id = c.track_id
                 where c.user_id = any($2) and c.state = 'pending'
                 union all
                select c.user_id, r.owner_id
                  from release_credits c
                  join releases r on r.id = c.release_id
                 where c.user_id = any($2) and c.state = 'pending') p
         group by p.user_id
    """
    return await conn.all(PendingCounts, sql, owner_id, list(user_ids))


async def delete_credits(tx: Tx, item: CreditedItem) -> None:
    table, key = _TABLES[item.kind]
    await tx.run(f"delete from {table} where {key} = $1", item.id)


async def insert_credits(tx: Tx, item: CreditedItem, rows: Sequence[StoredCredit]) -> None:
    table, key = _TABLES[item.kind]
    sql = f"""
        insert into {table} ({key}, position, id, role, name, join_phrase, instrument, user_id,
                             state, created_at)
             select $1, c.number - 1, c.id, c.role, c.name, c.join_phrase, c.instrument, c.user_id,
                    c.state, c.created_at
               from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[],
                           $8::text[], $9::timestamptz[])
                    with ordinality
                    as c (id, role, name, join_phrase, instrument, user_id, state, created_at,
                          number)
    """
    names = StoredCredit.__struct_fields__
    await tx.run(sql, item.id, *([getattr(row, name) for row in rows] for name in names))


async def find_request(
    conn: Conn, credit_id: CreditId, member_id: UserId
) -> StoredCreditRequest | None:
    """Return a credit that a member can answer."""
    where = Where("c.id = {}", credit_id)
    sql = _select_requests(where, member_id)
    return await conn.maybe(StoredCreditRequest, sql, *where.values)


async def list_requests(
    conn: Conn, query: CreditQuery, member_id: UserId
) -> list[StoredCreditRequest]:
    """Return a page of the credits that a member can answer, and the first of the next page."""
    where = Where("c.state = {}", query.state)
    where.add_cursor("c.created_at, c.id", query.cursor)
    sql = f"""
        {_select_requests(where, member_id)}
         order by created_at desc, id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredCreditRequest, sql, *where.values)


def _select_requests(where: Where, member_id: UserId) -> str:
    """Return a select of credits on what a member sees, that name them."""
    viewer = where.bind(member_id)
    columns = f"""
        c.role, c.name, c.instrument, c.state, c.created_at,
        jsonb_build_object({person_fields("u")}) as profile,
        jsonb_build_object({person_fields("o")}) as owner
    """
    answered = f"and c.user_id = {viewer}"
    return f"""
        select c.id, 'track' as kind, c.track_id as item_id, t.title, {columns}
          from track_credits c
          join tracks t on t.id = c.track_id
          join users o on o.id = t.owner_id
          join users u on u.id = c.user_id
        {where.sql} {answered} and {visible_track("t", "o", viewer)}
         union all
        select c.id, 'release', c.release_id, r.title, {columns}
          from release_credits c
          join releases r on r.id = c.release_id
          join users o on o.id = r.owner_id
          join users u on u.id = c.user_id
        {where.sql} {answered} and {visible_release("r", "o", viewer)}
    """


async def lock_items(tx: Tx, kind: CreditedKind, item_ids: Sequence[UUID]) -> None:
    """Lock tracks or releases, as everything does that replaces their credits."""
    table = "tracks" if kind is CreditedKind.TRACK else "releases"
    sql = f"select id from {table} where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, item_ids)


async def update_state(tx: Tx, kind: CreditedKind, credit_id: CreditId, state: CreditState) -> None:
    table, _ = _TABLES[kind]
    await tx.run(f"update {table} set state = $2 where id = $1", credit_id, state)


async def list_credited_ids(conn: Conn, kind: CreditedKind, user_id: UserId) -> list[UUID]:
    """Return the tracks or releases of others that name a profile, in the order of their ids."""
    table, key = _TABLES[kind]
    sql = f"select distinct {key} from {table} where user_id = $1 order by {key}"
    return await conn.column(UUID, sql, user_id)


async def update_forgotten(tx: Tx, kind: CreditedKind, user_id: UserId, name: str) -> list[str]:
    """Replace the names of a profile's credits, and end their links; return the former names."""
    table, _ = _TABLES[kind]
    sql = f"""
        with named as (
            select c.id, c.name from {table} c where c.user_id = $1
        ), changed as (
            update {table} c set name = $2, user_id = null from named n where c.id = n.id
        )
        select distinct name from named
    """
    return await tx.column(str, sql, user_id, name)


async def list_personal_credits(conn: Conn, user_id: UserId) -> list[PersonalCredit]:
    """Return the credits on a member's tracks and releases, and those that name the member."""
    columns = "c.role, c.name, c.instrument, c.user_id, c.state, c.created_at"
    sql = f"""
        select 'track' as kind, c.track_id as item_id, t.title, {columns}, c.position
          from track_credits c
          join tracks t on t.id = c.track_id
         where t.owner_id = $1 or c.user_id = $1
         union all
        select 'release', c.release_id, r.title, {columns}, c.position
          from release_credits c
          join releases r on r.id = c.release_id
         where r.owner_id = $1 or c.user_id = $1
         order by item_id, position
    """
    return await conn.every(PersonalCredit, sql, user_id)


async def update_profile(tx: Tx, kind: CreditedKind, user_id: UserId, into_id: UserId) -> None:
    """Move the credits of a page to another profile; those on its own items are confirmed."""
    table, key = _TABLES[kind]
    items = "tracks" if kind is CreditedKind.TRACK else "releases"
    sql = f"""
        update {table} c
           set user_id = $2,
               state = case when i.owner_id = $2 then 'confirmed' else c.state end
          from {items} i
         where i.id = c.{key}
           and (c.user_id = $1 or c.user_id = $2 and i.owner_id = $2 and c.state = 'pending')
    """
    await tx.run(sql, user_id, into_id)
