"""Triggers keep the catalogue of players; only plays, likes and ratings are copied here."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import LOWEST_ID, UserId
from veza.core.visibility import active, public
from veza.infra.postgres.database import Tx

_BATCH = 1000
_UPDATE_TOTALS = f"""
    with batch as (
        select id, is_release from catalogue_items where id > $1 order by id limit {_BATCH:d}
    ), totals as (
        select b.id, t.plays_count, t.likes_count, n.ratings_sum, n.ratings_count
          from batch b
          join tracks t on t.id = b.id
         cross join lateral (
               select coalesce(sum(g.rating), 0) as ratings_sum, count(*) as ratings_count
                 from track_ratings g
                 join users u on u.id = g.user_id and {active("u")}
                where g.track_id = b.id) n
         where not b.is_release
         union all
        select b.id, p.plays_count, r.likes_count, n.ratings_sum, n.ratings_count
          from batch b
          join releases r on r.id = b.id
         cross join lateral (
               select coalesce(sum(t.plays_count), 0)::bigint as plays_count
                 from release_tracks e
                 join tracks t on t.id = e.track_id
                where e.release_id = b.id and {public("t")}) p
         cross join lateral (
               select coalesce(sum(g.rating), 0) as ratings_sum, count(*) as ratings_count
                 from release_ratings g
                 join users u on u.id = g.user_id and {active("u")}
                where g.release_id = b.id) n
         where b.is_release
    ), locked as (
        select i.id
          from catalogue_items i
          join totals c on c.id = i.id
         where (i.plays_count, i.likes_count, i.ratings_sum, i.ratings_count)
               is distinct from (c.plays_count, c.likes_count, c.ratings_sum, c.ratings_count)
           for no key update of i skip locked
    ), updated as (
        update catalogue_items i
           set plays_count = c.plays_count, likes_count = c.likes_count,
               ratings_sum = c.ratings_sum, ratings_count = c.ratings_count
          from locked l
          join totals c on c.id = l.id
         where i.id = l.id
    )
    select id from batch order by id desc limit 1
"""


async def update_totals(tx: Tx, after: UUID | None) -> UUID | None:
    """Copy plays, likes and ratings of the next items; return the last one, None after all.

    Rows that others have locked are left for the next time.
    """
    return await tx.value(UUID, _UPDATE_TOTALS, after or LOWEST_ID)


async def delete_changes(tx: Tx, age: timedelta) -> None:
    """Delete what is known of changes that are older, but for the last one of an artist.

    Its time is that of the lists of artists.
    """
    sql = """
        delete from catalogue_changes
              where changed_at < now() - $1::interval
                and (changed_in, kind, subject) not in (
                    select last.changed_in, last.kind, last.subject
                      from catalogue_changes last
                     where last.kind = 'artist'
                     order by last.changed_at desc, last.changed_in desc, last.subject
                     limit 1
                )
    """
    await tx.run(sql, age)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give what a page has in the catalogue to another profile, and note both as changed."""
    sql = """
        update catalogue_items i
           set owner_id = u.id,
               artist_key = case when i.is_release then i.artist_key else u.username_key end
          from users u
         where i.owner_id = $1 and u.id = $2
    """
    await tx.run(sql, owner_id, into_id)
    sql = """
        insert into catalogue_changes (kind, subject)
             select 'artist', changed.id::text from unnest($1::uuid[]) as changed (id)
        on conflict do nothing
    """
    await tx.run(sql, [owner_id, into_id])
