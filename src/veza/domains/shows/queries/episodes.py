"""Lists show the episodes whose tracks the viewer may hear; only owners see what is planned."""

from datetime import datetime

from veza.core.ids import ShowId, TrackId, UserId
from veza.core.visibility import taken_down, visible_track, wanted_track
from veza.domains.shows.models.episodes import (
    DueEpisode,
    EpisodeFields,
    EpisodeQuery,
    EpisodeViewer,
    StoredEpisode,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# The columns of `StoredEpisode`, of `episodes e`.
EPISODE = """
    e.track_id, e.show_id, e.kind, e.season, e.number, e.notes, e.chapters, e.published_at,
    e.is_planned, e.updated_at, e.guid,
    exists (select from episode_transcripts x where x.track_id = e.track_id) as has_transcript
"""

# Of a track: an episode that becomes public without its sound would never do so again.
_PUBLISHABLE = f"(t.status = 'ready' and not {taken_down('t')})"


async def count_episodes(conn: Conn, show_id: ShowId) -> int:
    sql = "select count(*) from episodes where show_id = $1"
    return await conn.value(int, sql, show_id) or 0


async def insert_episode(tx: Tx, episode: StoredEpisode) -> bool:
    """Store an episode; return False if the track is one already."""
    sql = """
        insert into episodes (track_id, show_id, kind, season, number, notes, chapters,
                              published_at, is_planned, guid)
             values (:track_id, :show_id, :kind, :season, :number, :notes, :chapters,
                     :published_at, :is_planned, :guid)
        on conflict do nothing
    """
    return await tx.run(*bind(sql, episode)) == 1


async def find_episode(conn: Conn, show_id: ShowId, track_id: TrackId) -> StoredEpisode | None:
    sql = f"select {EPISODE} from episodes e where e.show_id = $1 and e.track_id = $2"
    return await conn.maybe(StoredEpisode, sql, show_id, track_id)


async def find_audible(
    conn: Conn, show_id: ShowId, track_id: TrackId, viewer: EpisodeViewer
) -> StoredEpisode | None:
    """Return an episode whose track a viewer may hear."""
    where = Where()
    placeholder = where.bind(viewer.id)
    where.add("e.show_id = {} and e.track_id = {}", show_id, track_id)
    where.add(visible_track("t", "u", f"{placeholder}::uuid"))
    if not viewer.is_owner:
        where.add("not e.is_planned")
    sql = f"""
        select {EPISODE}
          from episodes e
          join tracks t on t.id = e.track_id
          join users u on u.id = t.owner_id
        {where.sql}
    """
    return await conn.maybe(StoredEpisode, sql, *where.values)


async def find_show_of(conn: Conn, track_id: TrackId) -> ShowId | None:
    """Return the show of which a track is an episode."""
    return await conn.value(ShowId, "select show_id from episodes where track_id = $1", track_id)


async def list_episodes(
    conn: Conn, show_id: ShowId, viewer: EpisodeViewer, query: EpisodeQuery
) -> list[StoredEpisode]:
    """Return a page, the latest published first, and the first row of the next page.

    What the viewer does not want to hear is left out.
    """
    where = Where()
    listener = f"{where.bind(viewer.id)}::uuid"
    where.add("e.show_id = {}", show_id)
    where.add(visible_track("t", "u", listener))
    where.add(wanted_track("t", listener))
    if not viewer.is_owner:
        where.add("not e.is_planned")
    where.add_filter("e.season = {}", query.season)
    where.add_cursor("e.published_at, e.track_id", query.cursor)
    sql = f"""
        select {EPISODE}
          from episodes e
          join tracks t on t.id = e.track_id
          join users u on u.id = t.owner_id
        {where.sql}
         order by e.published_at desc, e.track_id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredEpisode, sql, *where.values)


async def update_episode(
    tx: Tx, track_id: TrackId, fields: EpisodeFields, published_at: datetime, *, is_planned: bool
) -> None:
    sql = """
        update episodes
           set kind = :kind, season = :season, number = :number, notes = :notes,
               chapters = :chapters, published_at = :published_at, is_planned = :is_planned,
               updated_at = now()
         where track_id = :track_id
    """
    await tx.run(
        *bind(sql, fields, track_id=track_id, published_at=published_at, is_planned=is_planned)
    )


async def delete_episode(tx: Tx, show_id: ShowId, track_id: TrackId) -> bool:
    """Take an episode off a show; return False if it has no such episode."""
    sql = "delete from episodes where show_id = $1 and track_id = $2"
    return await tx.run(sql, show_id, track_id) == 1


async def list_due(
    conn: Conn, moment: datetime, *, after: DueEpisode | None, limit: int
) -> list[DueEpisode]:
    """Return planned episodes that are due at a moment, the longest due first.

    Those that are processed, or that staff has taken down, wait.
    """
    where = Where("e.is_planned and e.published_at <= {}", moment)
    where.add(_PUBLISHABLE)
    if after is not None:
        where.add("(e.published_at, e.track_id) > ({}, {})", after.published_at, after.track_id)
    sql = f"""
        select e.track_id, e.published_at
          from episodes e
          join tracks t on t.id = e.track_id
        {where.sql}
         order by e.published_at, e.track_id
         limit {limit:d}
    """
    return await conn.all(DueEpisode, sql, *where.values)


async def lock_track(tx: Tx, track_id: TrackId) -> bool:
    """Lock the track of an episode before it is published; False if it is deleted."""
    sql = "select true from tracks where id = $1 for no key update"
    return bool(await tx.value(bool, sql, track_id))


async def becomes_public(conn: Conn, track_id: TrackId) -> bool:
    """Return whether a track is made public with its episode: not one for members of a tier."""
    sql = f"""
        select true
          from tracks t
         where t.id = $1 and t.status = 'ready' and t.tier_id is null
           and t.visibility = 'private' and not {taken_down("t")}
    """
    return bool(await conn.value(bool, sql, track_id))


async def is_publishable(conn: Conn, track_id: TrackId) -> bool:
    """Return whether a track can be published now, as those that are due must be."""
    sql = f"select true from tracks t where t.id = $1 and {_PUBLISHABLE}"
    return bool(await conn.value(bool, sql, track_id))


async def update_published(tx: Tx, track_id: TrackId, moment: datetime) -> ShowId | None:
    """Publish a planned episode that is due; return its show, or None if it is not.

    Its track is locked. It may have been taken down, or be processed again, since it was due.
    """
    sql = f"""
           update episodes e
              set is_planned = false, updated_at = now()
             from tracks t
            where e.track_id = $1 and e.is_planned and e.published_at <= $2
              and t.id = e.track_id and {_PUBLISHABLE}
        returning e.show_id
    """
    return await tx.value(ShowId, sql, track_id, moment)


async def list_personal(conn: Conn, owner_id: UserId) -> list[StoredEpisode]:
    """Return all episodes of a profile's shows."""
    sql = f"""
        select {EPISODE}
          from shows s
          join episodes e on e.show_id = s.id
         where s.owner_id = $1
         order by e.track_id
    """
    return await conn.every(StoredEpisode, sql, owner_id)
