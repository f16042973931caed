"""Genres with their numbers of songs and albums, and what changed since a snapshot in memory."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.subsonic.models.rows import GenreRow
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


async def list_genres(conn: Conn, limit: int, names: Sequence[str] | None = None) -> list[GenreRow]:
    """Return the genres of public tracks, or those of these names: the most frequent first."""
    where = Where("i.is_public and i.genre is not null")
    where.add_filter("i.genre = any({})", names)
    sql = f"""
        select i.genre as name, count(*) filter (where not i.is_release) as tracks_count,
               count(*) filter (where i.is_album) as albums_count
          from catalogue_items i
        {where.sql}
         group by i.genre
        having bool_or(not i.is_release)
         order by tracks_count desc, name
         limit {limit:d}
    """
    return await conn.all(GenreRow, sql, *where.values)


# Longer than any transaction that changes artists or relations.
_SETTLED_AFTER = "interval '2 minutes'"


class CatalogueChanges(Struct, frozen=True):
    """The changes since a snapshot, and the snapshot for the next read.

    A moment is the number of the oldest transaction that was running.
    """

    moment: str
    subjects: list[str]


class ArtistTimes(Struct, frozen=True):
    """When what a member sees of artists last changed; `settled` is a time that stays the last.

    A transaction that began before it has ended.
    """

    latest: datetime
    settled: datetime


async def find_artist_times(conn: Conn, viewer_id: UserId) -> ArtistTimes:
    """Return when artists, or the relations of a member to them, last changed.

    A change is dated by the beginning of its transaction.
    """
    sql = f"""
        with moments (moment) as (
            select c.changed_at from catalogue_changes c where c.kind = 'artist'
             union all
            select e.ended_at from ended_relations e where e.user_id = $1
             union all
            select w.followed_at from follows w where w.follower_id = $1
             union all
            select b.blocked_at from blocks b where b.blocker_id = $1 or b.blocked_id = $1
             union all
            select r.rated_at from artist_ratings r where r.user_id = $1
        )
        select coalesce(max(moment), 'epoch') as latest,
               coalesce(max(moment) filter (where moment < now() - {_SETTLED_AFTER}),
                        'epoch') as settled
          from moments
    """
    return await conn.one(ArtistTimes, sql, viewer_id)


async def list_changes(conn: Conn, kind: str, since: str | None, limit: int) -> CatalogueChanges:
    """Return the subjects of a kind that changed since a moment, at most `limit`.

    Without a moment, none. What was committed before the statement is found: a transaction that
    was running at an earlier moment has this or a higher number.
    """
    sql = f"""
        select pg_snapshot_xmin(pg_current_snapshot())::text as moment,
               array(select distinct c.subject
                       from catalogue_changes c
                      where c.changed_in >= $2::text::xid8 and c.kind = $1
                      limit {limit:d}) as subjects
    """
    return await conn.one(CatalogueChanges, sql, kind, since)
