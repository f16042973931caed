"""Counts are changed in the order of keys; the most used spelling of a tag is shown."""

from collections.abc import Mapping, Sequence

from veza.core.ids import LOWEST_ID, TrackId, UserId
from veza.core.visibility import active, published_track
from veza.domains.music.tags.models import CountedGenre, TaggedTrack, TagUse
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# Sorts after every stored text.
_LAST_CHARACTER = "\U0010ffff"
# The three most used spellings of each tag found.
_JOIN_SPELLINGS = """
     cross join lateral (
        select spelling, uses_count
          from tag_spellings
         where key = f.key
         order by uses_count desc, spelling
         limit 3
     ) s
"""

_COUNT_GENRES = f"""
    with shown as (
        select t.id, t.genre
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = any($1)
           and t.genre is not null
           and {published_track("t")}
           and {active("u")}
    ), removed as (
        delete from track_genres g
              where g.track_id = any($1)
                and (g.track_id, g.genre) not in (select id, genre from shown)
          returning g.genre
    ), added as (
        insert into track_genres (track_id, genre)
             select id, genre from shown
        on conflict do nothing
          returning genre
    ), change as (
        select genre, sum(step)::integer as difference
          from (select genre, 1 as step from added
                 union all
                select genre, -1 from removed) steps
         group by genre
        having sum(step) <> 0
    ), counted as (
        insert into genres as stored (name, tracks_count)
             select genre, greatest(difference, 0) from change order by genre collate "C"
        on conflict (name) do update
                set tracks_count = stored.tracks_count
                                 + (select difference from change
                                     where change.genre = excluded.name)
          returning name, tracks_count
    )
    select name from counted where tracks_count = 0
"""


async def list_tracks_of(conn: Conn, owner_id: UserId, after: TrackId | None) -> list[TrackId]:
    """Return the next 100 tracks of a member, ordered by id."""
    sql = "select id from tracks where owner_id = $1 and id > $2 order by id limit 100"
    return await conn.column(TrackId, sql, owner_id, after or LOWEST_ID)


async def list_public_tracks(conn: Conn, track_ids: Sequence[TrackId]) -> list[TaggedTrack]:
    """Return those of the tracks that are public, ready, and whose owner is not suspended."""
    sql = f"""
        select t.id, t.tags
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = any($1)
           and {published_track("t")}
           and {active("u")}
    """
    return await conn.all(TaggedTrack, sql, track_ids)


async def delete_uses(tx: Tx, track_ids: Sequence[TrackId], kept: Sequence[TagUse]) -> list[TagUse]:
    """Delete and return the uses of these tracks that are not in `kept`."""
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
    """Store the uses that are not stored yet; return them."""
    sql = """
        insert into track_tags (track_id, key, spelling)
             select track_id, key, spelling
               from unnest($1::uuid[], $2::text[], $3::text[]) as used (track_id, key, spelling)
        on conflict do nothing
          returning track_id, key, spelling
    """
    return await tx.all(TagUse, sql, *_columns(uses))


async def update_counts(tx: Tx, differences: Mapping[str, int]) -> None:
    """Add to the counts of tags, in the order of their keys to prevent deadlocks."""
    sql = """
        with change as (
            select key, difference from unnest($1::text[], $2::integer[]) as d (key, difference)
        )
        insert into tags as counted (key, uses_count)
             select key, greatest(difference, 0) from change order by key collate "C"
        on conflict (key) do update
                set uses_count = counted.uses_count
                               + (select difference from change where change.key = excluded.key)
    """
    await tx.run(sql, list(differences), list(differences.values()))


async def update_spelling_counts(tx: Tx, differences: Mapping[tuple[str, str], int]) -> None:
    """Add to the counts of spellings, in their order to prevent deadlocks."""
    sql = """
        with change as (
            select key, spelling, difference
              from unnest($1::text[], $2::text[], $3::integer[]) as d (key, spelling, difference)
        )
        insert into tag_spellings as counted (key, spelling, uses_count)
             select key, spelling, greatest(difference, 0) from change order by spelling collate "C"
        on conflict (spelling) do update
                set uses_count = counted.uses_count
                               + (select difference from change
                                   where change.spelling = excluded.spelling)
    """
    keys, spellings = zip(*differences, strict=True)
    await tx.run(sql, keys, spellings, list(differences.values()))


async def delete_unused(tx: Tx, keys: Sequence[str], spellings: Sequence[str]) -> None:
    """Delete those of the tags and spellings that have no uses."""
    sql = """
        with gone as (delete from tags where key = any($1) and uses_count = 0)
        delete from tag_spellings where spelling = any($2) and uses_count = 0
    """
    await tx.run(sql, keys, spellings)


async def list_with_prefix(conn: Conn, key: str, limit: int) -> list[str]:
    """Return the most used tags that start with a key, in their most used spellings."""
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
        {_JOIN_SPELLINGS}
         order by f.uses_count desc, f.key, s.uses_count desc, s.spelling
         limit {limit:d}
    """
    return await conn.column(str, sql, *where.values)


async def list_similar(conn: Conn, key: str, limit: int) -> list[str]:
    """Return the most similar tags that don't start with a key, in their most used spellings."""
    sql = f"""
        with found as (
            select t.key, t.uses_count, similarity(t.key, $1) as similarity
              from tags t
             where t.key % $1 and not starts_with(t.key, $1)
             order by similarity desc, t.uses_count desc, t.key
             limit {limit:d}
        )
        select s.spelling
          from found f
        {_JOIN_SPELLINGS}
         order by f.similarity desc, f.uses_count desc, f.key, s.uses_count desc, s.spelling
         limit {limit:d}
    """
    return await conn.column(str, sql, key)


async def list_genres(conn: Conn, limit: int) -> list[CountedGenre]:
    sql = f"""
        select name, tracks_count
          from genres
         where tracks_count > 0
         order by tracks_count desc, name
         limit {limit:d}
    """
    return await conn.all(CountedGenre, sql)


async def update_genre_counts(tx: Tx, track_ids: Sequence[TrackId]) -> list[str]:
    """Count the current genres of tracks that the caller has locked; return unused genres.

    The rows of `genres` are locked in the order of their names to prevent deadlocks.
    """
    return await tx.column(str, _COUNT_GENRES, track_ids)


async def delete_unused_genres(tx: Tx, names: Sequence[str]) -> None:
    """Delete those of the genres that no track has."""
    await tx.run("delete from genres where name = any($1) and tracks_count = 0", names)


def _columns(uses: Sequence[TagUse]) -> tuple[list[TrackId], list[str], list[str]]:
    return (
        [use.track_id for use in uses],
        [use.key for use in uses],
        [use.spelling for use in uses],
    )
