"""Every SQL statement of the domain, one function each."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from veza.core.ids import TrackId, UserId
from veza.domains.music.tags.models import TaggedTrack, TagUse
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# What no text that is stored comes behind.
_LAST_CHARACTER = "\U0010ffff"
_MAX_SPELLINGS = 3


async def list_tracks_of(conn: Conn, owner_id: UserId, after: TrackId | None) -> list[TrackId]:
    """Somebody's tracks in the order of their ids, 100 at a time."""
    where = Where()
    where.add("owner_id = {}", owner_id)
    if after is not None:
        where.add("id > {}", after)
    sql = f"select id from tracks {where.sql} order by id limit 100"
    return [TrackId(found) for found in await conn.column(UUID, sql, *where.values)]


async def list_shown(conn: Conn, track_ids: Sequence[TrackId]) -> list[TaggedTrack]:
    """Those of some tracks that everybody may find."""
    sql = """
        select t.id, t.tags
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = any($1)
           and t.visibility = 'public'
           and t.status = 'ready'
           and u.suspended_at is null
    """
    return await conn.all(TaggedTrack, sql, track_ids)


async def delete_uses(tx: Tx, track_ids: Sequence[TrackId], kept: Sequence[TagUse]) -> list[TagUse]:
    """Delete what some tracks don't have any more; give it."""
    sql = """
        delete from track_tags u
              where u.track_id = any($1)
                and not exists (
                    select from unnest($2::uuid[], $3::text[], $4::text[])
                             as kept (track_id, key, spelling)
                     where kept.track_id = u.track_id
                       and kept.key = u.key
                       and kept.spelling = u.spelling
                )
          returning u.track_id, u.key, u.spelling
    """
    return await tx.all(TagUse, sql, track_ids, *_columns(kept))


async def insert_uses(tx: Tx, uses: Sequence[TagUse]) -> list[TagUse]:
    """Record what wasn't there yet; give it."""
    sql = """
        insert into track_tags (track_id, key, spelling)
             select track_id, key, spelling
               from unnest($1::uuid[], $2::text[], $3::text[]) as used (track_id, key, spelling)
        on conflict do nothing
          returning track_id, key, spelling
    """
    return await tx.all(TagUse, sql, *_columns(uses))


async def update_counts(tx: Tx, more: Mapping[str, int]) -> None:
    """Count so many more uses of each tag, in an order that is everybody's."""
    sql = """
        with change as (
            select key, more from unnest($1::text[], $2::integer[]) as change (key, more)
        )
        insert into tags as counted (key, uses_count)
             select key, greatest(more, 0) from change order by key collate "C"
        on conflict (key) do update
                set uses_count = counted.uses_count
                               + (select more from change where change.key = excluded.key)
    """
    await tx.run(sql, list(more), list(more.values()))


async def update_spelling_counts(tx: Tx, more: Mapping[tuple[str, str], int]) -> None:
    """Count so many more uses of each tag in each spelling, in an order that is everybody's."""
    sql = """
        with change as (
            select key, spelling, more
              from unnest($1::text[], $2::text[], $3::integer[]) as change (key, spelling, more)
        )
        insert into tag_spellings as counted (key, spelling, uses_count)
             select key, spelling, greatest(more, 0) from change order by spelling collate "C"
        on conflict (spelling) do update
                set uses_count = counted.uses_count
                               + (select more from change where change.spelling = excluded.spelling)
    """
    keys, spellings = [key for key, _ in more], [spelling for _, spelling in more]
    await tx.run(sql, keys, spellings, list(more.values()))


async def delete_unused(tx: Tx, keys: Sequence[str], spellings: Sequence[str]) -> None:
    """Forget which of some tags and spellings nobody uses any more."""
    sql = """
        with gone as (delete from tags where key = any($1) and uses_count = 0)
        delete from tag_spellings where spelling = any($2) and uses_count = 0
    """
    await tx.run(sql, keys, spellings)


async def list_with_prefix(conn: Conn, key: str, limit: int) -> list[str]:
    """The most used tags that begin so, in their most used spellings."""
    where = Where()
    if len(key) in {1, 2}:
        where.add(f"left(t.key, {len(key):d}) = {{}}", key)
    elif key:
        where.add("t.key >= {} and t.key < {}", key, key + _LAST_CHARACTER)
    sql = f"""
        with found as (
            select t.key, t.uses_count
              from tags t
            {where.sql}
             order by t.uses_count desc, t.key
             limit {limit:d}
        )
        select s.spelling
          from found f
         cross join lateral (
            select spelling, uses_count
              from tag_spellings
             where key = f.key
             order by uses_count desc, spelling
             limit {_MAX_SPELLINGS}
         ) s
         order by f.uses_count desc, f.key, s.uses_count desc, s.spelling
         limit {limit:d}
    """
    return await conn.column(str, sql, *where.values)


async def list_similar(conn: Conn, key: str, limit: int) -> list[str]:
    """The tags that resemble a text most but don't begin so, in their most used spellings."""
    sql = f"""
        with found as (
            select t.key, t.uses_count, similarity(t.key, $1) as resemblance
              from tags t
             where t.key % $1 and not starts_with(t.key, $1)
             order by resemblance desc, t.uses_count desc, t.key
             limit {limit:d}
        )
        select s.spelling
          from found f
         cross join lateral (
            select spelling, uses_count
              from tag_spellings
             where key = f.key
             order by uses_count desc, spelling
             limit {_MAX_SPELLINGS}
         ) s
         order by f.resemblance desc, f.uses_count desc, f.key, s.uses_count desc, s.spelling
         limit {limit:d}
    """
    return await conn.column(str, sql, key)


def _columns(uses: Sequence[TagUse]) -> tuple[list[TrackId], list[str], list[str]]:
    return (
        [use.track_id for use in uses],
        [use.key for use in uses],
        [use.spelling for use in uses],
    )
