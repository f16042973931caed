"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import structs

from veza.core.ids import LOWEST_ID, TrackId, UserId
from veza.core.listener_identity import ListenerIdentity
from veza.domains.music.tracks.models import (
    AudioFacts,
    LikeState,
    NamedTrack,
    NewTrack,
    OwnTrack,
    PlayFigures,
    Sort,
    SortOrder,
    StoredTrack,
    Trace,
    TrackFigures,
    TrackForm,
    TrackQuery,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_TRACK = """
    t.id, t.owner_id, u.username, t.title, t.description, t.genre, t.tags, t.visibility,
    t.downloadable, t.status, t.failure_reason, t.duration_ms, t.format, t.bitrate,
    t.sample_rate, t.channels, t.loudness_lufs, t.true_peak_dbtp, t.has_cover,
    t.likes_count, t.comments_count, t.plays_count, t.created_at,
    u.suspended_at is not null as is_hidden
"""

_IS_PUBLISHED = "t.visibility = 'public' and t.status = 'ready'"
_IS_SHOWN = f"{_IS_PUBLISHED} and u.suspended_at is null"

_SORT_KEY = {
    Sort.CREATED_AT: "t.created_at",
    Sort.TITLE: "lower(t.title)",
    Sort.PLAYS_COUNT: "t.plays_count",
    Sort.LIKES_COUNT: "t.likes_count",
    Sort.DURATION: "coalesce(t.duration_ms, 0)",
}


async def find_username(conn: Conn, user_id: UserId) -> str | None:
    return await conn.value(str, "select username from users where id = $1", user_id)


def _liked(where: Where, viewer_id: UserId | None) -> str:
    """Tell whether the viewer likes a track, as a column: null where nobody is signed in."""
    if viewer_id is None:
        return "null as liked"
    viewer = where.bind(viewer_id)
    return f"""exists (
        select from track_likes l where l.track_id = t.id and l.user_id = {viewer}) as liked"""


async def insert_track(tx: Tx, track: NewTrack) -> None:
    sql = """
        insert into tracks (id, owner_id, title, description, genre, tags, visibility,
                            downloadable, search_text, has_cover)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """
    words = (*structs.astuple(track.form), track.search_text, track.has_cover)
    await tx.run(sql, track.id, track.owner_id, *words)


async def update_ready(tx: Tx, track_id: TrackId, facts: AudioFacts, *, search_text: str) -> bool:
    """Record what was made, the facts in their order; False where nobody waits for it."""
    sql = """
        update tracks
           set status = 'ready', format = $2, duration_ms = $3, bitrate = $4, sample_rate = $5,
               channels = $6, loudness_lufs = $7, true_peak_dbtp = $8, genre = $9,
               has_cover = $10, search_text = $11, updated_at = now()
         where id = $1 and status = 'processing'
    """
    return await tx.run(sql, track_id, *structs.astuple(facts), search_text) == 1


async def update_failed(tx: Tx, track_id: TrackId, reason: str) -> bool:
    """Record that a track can't be made playable; False where nobody waits for it any more."""
    sql = """
        update tracks
           set status = 'failed', failure_reason = $2, has_cover = false, updated_at = now()
         where id = $1 and status = 'processing'
    """
    return await tx.run(sql, track_id, reason) == 1


async def find_track(conn: Conn, track_id: TrackId, viewer_id: UserId | None) -> StoredTrack | None:
    where = Where()
    where.add("t.id = {}", track_id)
    sql = f"""
        select {_TRACK}, {_liked(where, viewer_id)}
          from tracks t
          join users u on u.id = t.owner_id
        {where.sql}
    """
    return await conn.maybe(StoredTrack, sql, *where.values)


async def lock_track(tx: Tx, track_id: TrackId) -> StoredTrack | None:
    sql = f"""
        select {_TRACK}
          from tracks t
          join users u on u.id = t.owner_id
         where t.id = $1 for update of t
    """
    return await tx.maybe(StoredTrack, sql, track_id)


async def list_tracks(conn: Conn, wish: TrackQuery, viewer_id: UserId | None) -> list[StoredTrack]:
    """One more than asked for, where there is more."""
    where = Where()
    if viewer_id is None:
        where.add(_IS_SHOWN)
    else:
        where.add(f"({_IS_SHOWN} or t.owner_id = {{}})", viewer_id)
    key = _SORT_KEY[wish.sort]
    _add_filters(where, wish, key)
    direction = "asc" if wish.order is SortOrder.ASC else "desc"
    sort_value = "null" if wish.sort is Sort.CREATED_AT else key
    sql = f"""
        select {_TRACK}, {_liked(where, viewer_id)}, {sort_value} as sort_value
          from tracks t
          join users u on u.id = t.owner_id
        {where.sql}
         order by {key} {direction}, t.id {direction}
         limit {wish.limit + 1:d} offset {wish.offset:d}
    """
    return await conn.all(StoredTrack, sql, *where.values)


def _add_filters(where: Where, wish: TrackQuery, key: str) -> None:
    if wish.genre is not None:
        where.add("lower(t.genre) = lower({})", " ".join(wish.genre.split()))
    if wish.format is not None:
        where.add("t.format = {}", wish.format)
    if wish.owner_id is not None:
        where.add("t.owner_id = {}", wish.owner_id)
    if wish.liked_by is not None:
        likes = "select from track_likes k where k.track_id = t.id and k.user_id = {}"
        where.add(f"exists ({likes})", wish.liked_by)
    if wish.cursor is not None:
        comparison = ">" if wish.order is SortOrder.ASC else "<"
        place = wish.cursor.created_at if wish.sort is Sort.CREATED_AT else wish.cursor.value
        where.add(f"({key}, t.id) {comparison} ({{}}, {{}})", place, wish.cursor.id)


async def search_tracks(
    conn: Conn, words: list[str], limit: int, *, tag: str, viewer_id: UserId | None
) -> list[StoredTrack]:
    """Best first. Each word must be in the text, up to a typing error or two.

    Or all of them together are a tag of the track, which is as good as each being there exactly.
    What resembles far less than the best find is left out, so that an exact hit stands alone.
    """
    where = Where()
    matched, alike = _match(where, words, tag)
    whole = where.bind(" ".join(words))
    sql = f"""
        with matched as materialized (
            -- By itself, so that the planner goes by the trigrams and never by the owners.
            {matched}
        ), found as (
            select t.id,
                   {alike}
                   + similarity({whole}, split_part(t.search_text, E'\\n', 1)) / 2 as resemblance
              from matched t
              join users u on u.id = t.owner_id
             where u.suspended_at is null
        ), best as (
            select max(resemblance) as resemblance from found
        )
        select {_TRACK}, {_liked(where, viewer_id)}
          from best
          join found on found.resemblance >= best.resemblance * 0.55
          join tracks t on t.id = found.id
          join users u on u.id = t.owner_id
         order by found.resemblance desc, t.plays_count desc, t.id desc
         limit {limit:d}
    """
    return await conn.all(StoredTrack, sql, *where.values)


def _match(where: Where, words: list[str], tag: str) -> tuple[str, str]:
    """Select what has the words, or the tag that they are together; tell how alike it is, to 1."""
    places = [where.bind(word) for word in words]
    conditions = [" and ".join(f"t.search_text %> {place}" for place in places)]
    alike = " + ".join(f"word_similarity({place}, t.search_text)" for place in places)
    alike = f"({alike}) / {len(words):d}"
    if tag and words != [tag]:
        is_tag = f"t.search_text like {where.bind(f'% {tag} %')}"
        conditions.append(is_tag)
        alike = f"case when {is_tag} then 1 else {alike} end"
    # Each for itself, for the planner would read the whole table rather than look up either.
    selects = (
        f"select t.id, t.owner_id, t.search_text from tracks t where {_IS_PUBLISHED} and {each}"
        for each in conditions
    )
    return " union ".join(selects), alike


async def update_track(tx: Tx, track_id: TrackId, form: TrackForm, *, search_text: str) -> None:
    sql = """
        update tracks
           set title = $2, description = $3, genre = $4, tags = $5, visibility = $6,
               downloadable = $7, search_text = $8, updated_at = now()
         where id = $1
    """
    await tx.run(sql, track_id, *structs.astuple(form), search_text)


async def delete_track(tx: Tx, track_id: TrackId) -> bool:
    return await tx.run("delete from tracks where id = $1", track_id) == 1


async def insert_like(tx: Tx, track_id: TrackId, liker_id: UserId) -> int | None:
    """Record a like and count it, together; None if it was already there."""
    sql = """
        with liked as (
            insert into track_likes (track_id, user_id) values ($1, $2)
                on conflict do nothing
              returning track_id
        )
           update tracks
              set likes_count = likes_count + 1
             from liked
            where tracks.id = liked.track_id
        returning likes_count
    """
    return await tx.value(int, sql, track_id, liker_id)


async def delete_like(tx: Tx, track_id: TrackId, liker_id: UserId) -> int | None:
    """Take a like back and count it, together; None if there was none."""
    sql = """
        with unliked as (
            delete from track_likes where track_id = $1 and user_id = $2 returning track_id
        )
           update tracks
              set likes_count = likes_count - 1
             from unliked
            where tracks.id = unliked.track_id
        returning likes_count
    """
    return await tx.value(int, sql, track_id, liker_id)


async def find_like_state(conn: Conn, track_id: TrackId, viewer_id: UserId) -> LikeState | None:
    sql = """
        select likes_count,
               exists (select 1 from track_likes where track_id = $1 and user_id = $2) as liked
          from tracks
         where id = $1
    """
    return await conn.maybe(LikeState, sql, track_id, viewer_id)


async def lock_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    sql = "select id from tracks where id = any($1) order by id for update"
    await tx.column(UUID, sql, track_ids)


async def lock_counts(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    sql = "select id from tracks where id = any($1) order by id for no key update"
    await tx.column(UUID, sql, track_ids)


async def add_to_comments_counts(tx: Tx, track_ids: list[TrackId], more: list[int]) -> None:
    sql = """
        update tracks
           set comments_count = comments_count + tally.more
          from unnest($1::uuid[], $2::integer[]) as tally (id, more)
         where tracks.id = tally.id
    """
    await tx.run(sql, track_ids, more)


async def insert_play(
    tx: Tx,
    track_id: TrackId,
    listener: ListenerIdentity,
    *,
    again_after: timedelta,
    most_of_network: int,
) -> int | None:
    """Count a play; None if the listener's last one, or too many of their network, are recent.

    The caller has locked the track, so that reports of one track wait for each other.
    """
    sql = """
        with play as (
            insert into track_plays (track_id, listener, user_id, network)
                 select $1, $2, $3, $4
                  where (select count(*) from track_plays where track_id = $1 and network = $4
                            and played_at > now() - $5::interval) < $6
            on conflict (track_id, listener) do update
                    set played_at = now(), network = excluded.network
                  where track_plays.played_at <= now() - $5::interval
              returning track_id
        )
           update tracks
              set plays_count = plays_count + 1
             from play
            where tracks.id = play.track_id
        returning plays_count
    """
    who = listener.name, listener.user_id, listener.network
    return await tx.value(int, sql, track_id, *who, again_after, most_of_network)


async def delete_old_plays(tx: Tx, age: timedelta) -> int:
    return await tx.run("delete from track_plays where played_at < now() - $1::interval", age)


async def list_own_tracks(conn: Conn, owner_id: UserId, after: TrackId | None) -> list[OwnTrack]:
    """The tracks of an artist in the order of their ids, 500 at a time."""
    where = Where()
    where.add("owner_id = {}", owner_id)
    if after is not None:
        where.add("id > {}", after)
    sql = f"""
        select id, title, description, genre, tags, visibility, downloadable, status,
               failure_reason, duration_ms, format, bitrate, sample_rate, channels, loudness_lufs,
               true_peak_dbtp, has_cover, likes_count, comments_count, plays_count, created_at,
               updated_at
          from tracks
        {where.sql}
         order by id limit 500
    """
    return await conn.all(OwnTrack, sql, *where.values)


async def list_traces(conn: Conn, user_id: UserId, after: Trace | None) -> list[Trace]:
    """Which tracks a member likes, and heard lately, in the order of their ids, 500 at a time."""
    sql = """
        select track_id, kind, moment
          from (select track_id, 'like' as kind, liked_at from track_likes where user_id = $1
                 union all
                select track_id, 'play', played_at from track_plays where user_id = $1
               ) as traces (track_id, kind, moment)
         where (track_id, kind) > ($2, $3)
         order by track_id, kind limit 500
    """
    place = (after.track_id, after.kind) if after else (LOWEST_ID, "")
    return await conn.all(Trace, sql, user_id, *place)


async def lock_named_tracks(tx: Tx, owner_id: UserId, after: TrackId | None) -> list[NamedTrack]:
    """The same, each as it is once whoever changes it is done, and kept so: what it is called."""
    where = Where()
    where.add("owner_id = {}", owner_id)
    if after is not None:
        where.add("id > {}", after)
    sql = f"""
        select id, title, genre, tags from tracks
        {where.sql}
         order by id limit 500 for no key update
    """
    return await tx.all(NamedTrack, sql, *where.values)


async def update_search_texts(tx: Tx, track_ids: list[TrackId], texts: list[str]) -> None:
    sql = """
        update tracks
           set search_text = fresh.search_text
          from unnest($1::uuid[], $2::text[]) as fresh (id, search_text)
         where tracks.id = fresh.id
    """
    await tx.run(sql, track_ids, texts)


async def count_tracks(conn: Conn) -> TrackFigures:
    sql = """
        select count(*) as total,
               count(*) filter (where status = 'ready') as ready,
               count(*) filter (where status = 'processing') as processing,
               count(*) filter (where status = 'failed') as failed
          from tracks
    """
    return await conn.one(TrackFigures, sql)


async def count_plays(conn: Conn) -> PlayFigures:
    sql = "select coalesce(sum(plays_count), 0)::bigint as total from tracks"
    return await conn.one(PlayFigures, sql)


async def delete_likes_of(tx: Tx, user_id: UserId) -> None:
    sql = """
        with unliked as (delete from track_likes where user_id = $1 returning track_id)
        update tracks set likes_count = likes_count - 1
          from unliked
         where tracks.id = unliked.track_id
    """
    await tx.run(sql, user_id)


async def delete_plays_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from track_plays where user_id = $1", user_id)
