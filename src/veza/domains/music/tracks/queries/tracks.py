"""Lists show published tracks of active owners; tracks are locked before rows of theirs."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from veza.core.genres import normalize_genre
from veza.core.ids import TrackId, UserId
from veza.core.palettes import CoverLook
from veza.core.people import appearance
from veza.core.takedowns import choose_visibility, takedown_column
from veza.core.track_covers import track_release
from veza.core.visibility import (
    Choices,
    active,
    listener_choice,
    members_track,
    muted,
    only_for_owner,
    published_track,
    wanted_track,
)
from veza.domains.music.credits.shared_queries import track_credits
from veza.domains.music.tracks.models.forms import NewTrack, TrackMetadata
from veza.domains.music.tracks.models.lists import SortOrder, TrackQuery, TrackSort
from veza.domains.music.tracks.models.tracks import ProcessedAudio, StoredTrack, TrackName
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# The columns of `StoredTrack`, in the order of its fields.
COLUMNS = f"""
    t.id, t.owner_id, u.username, {appearance("u")} as appearance, t.title, t.description,
    t.genre, t.tags,
    t.isrc, t.year, t.bpm, t.musical_key, t.is_explicit, t.ai, t.ai_parts, t.visibility,
    t.tier_id, t.downloadable, t.status, t.failure_reason, t.duration_ms, t.format, t.bitrate,
    t.sample_rate, t.channels, t.loudness_lufs, t.true_peak_dbtp, t.cover_palette,
    t.cover_placeholder, {track_release("t")},
    t.likes_count, t.comments_count, t.plays_count,
    exists (select from track_lyrics l where l.track_id = t.id) as has_lyrics,
    t.artist_name, {track_credits("t")}, t.created_at,
    {only_for_owner("t", "u")} as is_hidden, t.owner_visibility, {takedown_column("track", "t")}
"""

_NAME = f"""
    t.id, t.owner_id, u.username, coalesce(u.display_name, u.username) as owner_name,
    t.artist_name, t.title, t.duration_ms, t.visibility, t.status, t.tier_id,
    {only_for_owner("t", "u")} as is_hidden
"""

IS_PUBLISHED = published_track("t")
IS_LISTED = f"{IS_PUBLISHED} and {active('u')}"

SORT_KEY = {
    TrackSort.CREATED_AT: "t.created_at",
    TrackSort.TITLE: "lower(t.title)",
    TrackSort.PLAYS_COUNT: "t.plays_count",
    TrackSort.LIKES_COUNT: "t.likes_count",
    TrackSort.DURATION: "coalesce(t.duration_ms, 0)",
}


_NEWEST_FIRST = "order by t.created_at desc, t.id desc"

_LIKED = "track_likes k join tracks t on t.id = k.track_id"


async def has_owner(conn: Conn, user_id: UserId) -> bool:
    sql = "select exists (select from users where id = $1)"
    return bool(await conn.value(bool, sql, user_id))


async def get_choices(conn: Conn, viewer_id: UserId | None) -> Choices:
    """Return what a member wants to hear; without a choice, what visitors do."""
    where = Where()
    viewer = where.bind_optional(viewer_id)
    sql = f"""
        select {listener_choice("explicit", viewer)} as explicit,
               {listener_choice("ai", viewer)} as ai
    """
    return await conn.one(Choices, sql, *where.values)


def liked_column(where: Where, viewer_id: UserId | None) -> str:
    """Return the column `liked`: whether the viewer likes a track, null without a viewer."""
    if viewer_id is None:
        return "null as liked"
    viewer = where.bind(viewer_id)
    # With `exists`, the planner would read all likes of a member and hash them.
    likes = f"track_likes l where l.track_id = t.id and l.user_id = {viewer}"
    return f"(select true from {likes}) is not null as liked"


async def insert_track(tx: Tx, track: NewTrack) -> None:
    sql = """
        insert into tracks (id, owner_id, title, description, genre, tags, isrc, year, bpm,
                            musical_key, is_explicit, ai, ai_parts, visibility, tier_id,
                            downloadable, cover_palette, cover_placeholder)
             values (:id, :owner_id, :title, :description, :genre, :tags, :isrc, :year, :bpm,
                     :musical_key, :is_explicit, :ai, :ai_parts, :visibility, :tier_id,
                     :downloadable, :cover_palette, :cover_placeholder)
    """
    await tx.run(*bind(sql, track, track.form))


async def update_awaiting_title(tx: Tx, track_id: TrackId) -> None:
    """Mark a track whose title is to be read from its file."""
    await tx.run("update tracks set awaits_title = true where id = $1", track_id)


async def update_ready(tx: Tx, track_id: TrackId, audio: ProcessedAudio) -> str | None:
    """Store the properties of a track, and return its title; what its owner entered stays."""
    sql = """
        update tracks
           set status = 'ready',
               title = case when awaits_title then coalesce(:title, title) else title end,
               awaits_title = false, format = :format, duration_ms = :duration_ms,
               bitrate = :bitrate, sample_rate = :sample_rate, channels = :channels,
               loudness_lufs = :loudness_lufs, true_peak_dbtp = :true_peak_dbtp,
               genre = coalesce(genre, :genre), isrc = coalesce(isrc, :isrc),
               year = coalesce(year, :year), bpm = coalesce(bpm, :bpm),
               musical_key = coalesce(musical_key, :musical_key),
               is_explicit = coalesce(is_explicit, :is_explicit),
               cover_palette = coalesce(cover_palette, :cover_palette),
               cover_placeholder = case when cover_palette is null then :cover_placeholder
                                        else cover_placeholder end,
               updated_at = now()
         where id = :id
     returning title
    """
    return await tx.value(str, *bind(sql, audio, audio.details, id=track_id))


async def update_failed(tx: Tx, track_id: TrackId, reason: str) -> None:
    sql = """
        update tracks
           set status = 'failed', failure_reason = $2, updated_at = now()
         where id = $1
    """
    await tx.run(sql, track_id, reason)


async def find_track(conn: Conn, track_id: TrackId, viewer_id: UserId | None) -> StoredTrack | None:
    where = Where()
    where.add("t.id = {}", track_id)
    sql = f"""
        select {COLUMNS}, {liked_column(where, viewer_id)}
          from tracks t
          join users u on u.id = t.owner_id
        {where.sql}
    """
    return await conn.maybe(StoredTrack, sql, *where.values)


async def find_lyrics(conn: Conn, track_id: TrackId) -> str | None:
    sql = "select coalesce(plain, synced) from track_lyrics where track_id = $1"
    return await conn.value(str, sql, track_id)


async def list_tracks_by_id(
    conn: Conn, track_ids: Sequence[TrackId], viewer_id: UserId | None
) -> list[StoredTrack]:
    where = Where()
    where.add("t.id = any({})", list(track_ids))
    sql = f"""
        select {COLUMNS}, {liked_column(where, viewer_id)}
          from tracks t
          join users u on u.id = t.owner_id
        {where.sql}
    """
    return await conn.all(StoredTrack, sql, *where.values)


async def list_names(conn: Conn, track_ids: Sequence[TrackId]) -> list[TrackName]:
    sql = f"""
        select {_NAME}
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = any($1)
    """
    return await conn.all(TrackName, sql, list(track_ids))


async def list_tracks_named(
    conn: Conn, titles: Sequence[str], viewer_id: UserId
) -> list[TrackName]:
    """Return up to 20 tracks for each title, ignoring case, the most played first.

    They are public or the viewer's own.
    """
    sql = f"""
        select n.id, n.owner_id, n.username, n.owner_name, n.artist_name, n.title, n.duration_ms,
               n.visibility, n.status, n.tier_id, n.is_hidden
          from (select distinct lower(title) as title from unnest($1::text[]) as g (title)) g
         cross join lateral (
                   select {_NAME}
                     from tracks t
                     join users u on u.id = t.owner_id
                    where lower(t.title) = g.title and ({IS_PUBLISHED} or t.owner_id = $2)
                    order by t.plays_count desc, t.id
                    limit 20
               ) n
    """
    return await conn.all(TrackName, sql, list(titles), viewer_id)


async def lock_track(tx: Tx, track_id: TrackId) -> StoredTrack | None:
    sql = f"""
        select {COLUMNS}
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = $1 for update of t
    """
    return await tx.maybe(StoredTrack, sql, track_id)


async def list_tracks(conn: Conn, query: TrackQuery, viewer_id: UserId | None) -> list[StoredTrack]:
    """Return a page, and the first row of the next page."""
    return await conn.all(StoredTrack, *select_page(COLUMNS, query, viewer_id))


def select_page(
    columns: str, query: TrackQuery, viewer_id: UserId | None, where: Where | None = None
) -> tuple[Any, ...]:
    """Return the statement of a page, with `liked` and `sort_value` as its last columns."""
    where = where or Where()
    viewer = where.bind_optional(viewer_id)
    if viewer is None:
        where.add(IS_LISTED)
    else:
        where.add(f"({IS_LISTED} or {_hidden_from_others(query, viewer, viewer_id)})")
    where.add(wanted_track("t", viewer))
    source = "tracks t"
    key = SORT_KEY[query.sort]
    last = "t.id"
    if query.liked_by is not None and query.sort is TrackSort.CREATED_AT:
        # In the order of the likes' index, however many there are.
        source = _LIKED
        key = "k.track_created_at"
        last = "k.track_id"
        where.add("k.user_id = {}", query.liked_by)
        query = structs.replace(query, liked_by=None)
    add_filters(where, query, key, last)
    direction = "asc" if query.order is SortOrder.ASC else "desc"
    sort_value = "null" if query.sort is TrackSort.CREATED_AT else key
    sql = f"""
        select {columns}, {liked_column(where, viewer_id)}, {sort_value} as sort_value
          from {source}
          join users u on u.id = t.owner_id
        {where.sql}
         order by {key} {direction}, {last} {direction}
         limit {query.limit + 1:d} offset {query.offset:d}
    """
    return sql, *where.values


def _hidden_from_others(query: TrackQuery, viewer: str, viewer_id: UserId | None) -> str:
    """Return the condition that a list also has a track for its viewer.

    It is their own or, among those that they like, one of a tier of theirs.
    """
    is_own = f"t.owner_id = {viewer}"
    if query.liked_by is None or query.liked_by != viewer_id:
        return is_own
    return f"{is_own} or {active('u')} and {members_track('t', viewer)}"


async def list_followed(conn: Conn, query: TrackQuery, viewer_id: UserId) -> list[StoredTrack]:
    """Return a page of the newest public tracks of members that the viewer follows.

    Also returns the first row of the next page. The members with the newest tracks are found first,
    then the tracks of these alone: of all others one row is read.
    """
    where = Where()
    viewer = where.bind(viewer_id)
    count = query.limit + 1
    where.add("t.owner_id = f.followed_id")
    where.add(IS_PUBLISHED)
    where.add(wanted_track("t", viewer))
    if query.cursor is not None:
        where.add("(t.created_at, t.id) < ({}, {})", query.cursor.created_at, query.cursor.id)
    ids = f"select t.id, t.created_at from tracks t {where.sql} {_NEWEST_FIRST}"
    sql = f"""
        with artists as (
            select f.followed_id
              from follows f
              join users u on u.id = f.followed_id and {active("u")}
             cross join lateral ({ids} limit 1) t
             where f.follower_id = {viewer}
               and not {muted(viewer, "f.followed_id")}
             {_NEWEST_FIRST}
             limit {count:d}
        ), page as (
            select t.id
              from artists f
             cross join lateral ({ids} limit {count:d}) t
             {_NEWEST_FIRST}
             limit {count:d}
        )
        select {COLUMNS}, {liked_column(where, viewer_id)}
          from page
          join tracks t on t.id = page.id
          join users u on u.id = t.owner_id
         {_NEWEST_FIRST}
    """
    return await conn.all(StoredTrack, sql, *where.values)


def add_filters(where: Where, query: TrackQuery, key: str, last: str = "t.id") -> None:
    """Add the filters of a list that is sorted by `key` and `last`."""
    if query.genre is not None:
        where.add("lower(t.genre) = lower({})", normalize_genre(query.genre))
    if query.format is not None:
        where.add("t.format = {}", query.format)
    if query.ai is not None:
        # As a literal, so that the index of tracks that disclose anything is used.
        where.add(f"t.ai = '{query.ai.value}'")
    if query.owner_id is not None:
        where.add("t.owner_id = {}", query.owner_id)
    if query.liked_by is not None:
        likes = "select from track_likes k where k.track_id = t.id and k.user_id = {}"
        where.add(f"exists ({likes})", query.liked_by)
    if query.cursor is not None:
        comparison = ">" if query.order is SortOrder.ASC else "<"
        is_by_date = query.sort is TrackSort.CREATED_AT
        value = query.cursor.created_at if is_by_date else query.cursor.value
        where.add(f"({key}, {last}) {comparison} ({{}}, {{}})", value, query.cursor.id)


async def update_artist_name(tx: Tx, track_id: TrackId, artist_name: str | None) -> None:
    sql = "update tracks set artist_name = $2, updated_at = now() where id = $1"
    await tx.run(sql, track_id, artist_name)


async def update_track(tx: Tx, track_id: TrackId, form: TrackMetadata) -> None:
    sql = f"""
        update tracks
           set awaits_title = awaits_title and title = :title, title = :title,
               description = :description, genre = :genre, tags = :tags,
               isrc = :isrc, year = :year, bpm = :bpm, musical_key = :musical_key,
               is_explicit = :is_explicit, ai = :ai, ai_parts = :ai_parts,
               {choose_visibility(":visibility")},
               tier_id = :tier_id, downloadable = :downloadable, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, form, id=track_id))


async def update_cover(tx: Tx, track_id: TrackId, look: CoverLook | None) -> None:
    sql = """
        update tracks
           set cover_palette = $2, cover_placeholder = $3, updated_at = now()
         where id = $1
    """
    await tx.run(sql, track_id, look and look.palette, look and look.placeholder)


async def delete_track(tx: Tx, track_id: TrackId) -> None:
    await tx.run("delete from tracks where id = $1", track_id)


async def count_tracks(conn: Conn) -> dict[str, int]:
    sql = """
        select count(*) as total,
               count(*) filter (where status = 'ready') as ready,
               count(*) filter (where status = 'processing') as processing,
               count(*) filter (where status = 'failed') as failed
          from tracks
    """
    return await conn.counts(sql)
