"""Downloads of episodes by day. Counts are absolute, so that storing them twice adds nothing."""

from datetime import date

from veza.core.ids import ShowId, UserId
from veza.domains.shows.models.downloads import (
    MAX_LISTED,
    DayCounts,
    DayDownloads,
    EpisodeDownloads,
    StoredDownloads,
)
from veza.infra.postgres.database import Conn, Tx


async def upsert_downloads(tx: Tx, counts: DayCounts) -> None:
    """Store the downloads of a day; those of tracks that are no episodes any more are left out."""
    sql = """
        with kept as (
            select track_id from episodes
             where track_id = any($3::uuid[])
             order by track_id for key share
        )
        insert into episode_downloads as d (track_id, day, run, downloads)
             select g.track_id, $1, $2, g.downloads
               from unnest($3::uuid[], $4::integer[]) as g (track_id, downloads)
               join kept k on k.track_id = g.track_id
              order by g.track_id
        on conflict (track_id, day, run) do update
                set downloads = excluded.downloads
              where d.downloads < excluded.downloads
    """
    found = counts.downloads
    await tx.run(sql, counts.day, counts.run, list(found), list(found.values()))


async def list_days(conn: Conn, show_id: ShowId, since: date) -> list[DayDownloads]:
    """Return the downloads of a show by day, from a day on."""
    sql = """
        select d.day, sum(d.downloads)::bigint as downloads
          from episodes e
          join episode_downloads d on d.track_id = e.track_id and d.day >= $2
         where e.show_id = $1
         group by d.day
         order by d.day
    """
    return await conn.all(DayDownloads, sql, show_id, since)


async def list_episodes(conn: Conn, show_id: ShowId, since: date) -> list[EpisodeDownloads]:
    """Return the downloads of the episodes of a show from a day on, most first."""
    sql = f"""
        select e.track_id, t.title, sum(d.downloads)::bigint as downloads
          from episodes e
          join tracks t on t.id = e.track_id
          join episode_downloads d on d.track_id = e.track_id and d.day >= $2
         where e.show_id = $1
         group by e.track_id, t.title
         order by downloads desc, e.track_id
         limit {MAX_LISTED:d}
    """
    return await conn.all(EpisodeDownloads, sql, show_id, since)


async def list_personal(conn: Conn, owner_id: UserId) -> list[StoredDownloads]:
    """Return the downloads of all episodes of a profile's shows."""
    sql = """
        select d.track_id, d.day, d.run, d.downloads
          from shows s
          join episodes e on e.show_id = s.id
          join episode_downloads d on d.track_id = e.track_id
         where s.owner_id = $1
         order by d.track_id, d.day, d.run
    """
    return await conn.every(StoredDownloads, sql, owner_id)
