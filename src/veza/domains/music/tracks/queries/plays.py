"""A play is counted with its track locked; old ones go, and histories are kept apart."""

from datetime import timedelta

from veza.core.ids import TrackId, UserId
from veza.core.listener_identity import MAX_LISTENERS_OF_A_NETWORK, ListenerIdentity
from veza.core.play_source import PlaySource
from veza.domains.music.tracks.models.personal_tracks import PersonalPlays
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# Adds the row of `play` to a member's history, unless they keep none.
_HISTORY = """
    history as (
        insert into track_history as h (user_id, track_id)
             select u.id, play.track_id
               from play
               join users u on u.id = :user_id
               left join library_settings s on s.user_id = u.id
              where s.keep_history is not false
        on conflict (user_id, track_id) do update
                set plays_count = h.plays_count + 1,
                    last_played_at = greatest(h.last_played_at, now())
    )
"""

# Adds `play` to what statistics count. The play of a member who keeps no history is counted without
# a listener and a source.
COUNTED = """
    counted as (
        insert into counted_plays (artist_id, track_id, listener, client, host)
             select t.owner_id, play.track_id, case when k.is_kept then :daily end,
                    case when k.is_kept then :client end, case when k.is_kept then :host end
               from play
               join tracks t on t.id = play.track_id
              cross join (select not exists (select from library_settings s
                                              where s.user_id = :user_id and not s.keep_history)
                         ) as k (is_kept)
    )
"""


async def insert_play(
    tx: Tx,
    track_id: TrackId,
    listener: ListenerIdentity,
    source: PlaySource,
    *,
    again_after: timedelta,
) -> int | None:
    """Count a play of a track that the caller has locked; return the count.

    None if the listener's last play, or `MAX_LISTENERS_OF_A_NETWORK` plays of their network, are
    more recent than `again_after`. A member's play is added to their history, unless they keep
    none, and each play to what statistics count.
    """
    sql = f"""
        with play as (
            insert into track_plays (track_id, listener, user_id, network)
                 select :track_id, :name, :user_id, :network
                  where (select count(*) from track_plays
                          where track_id = :track_id and network = :network
                            and played_at > now() - :again_after::interval) < :network_limit
            on conflict (track_id, listener) do update
                    set played_at = now(), network = excluded.network
                  where track_plays.played_at <= now() - :again_after::interval
              returning track_id
        ),
        {_HISTORY},
        {COUNTED}
           update tracks
              set plays_count = plays_count + 1
             from play
            where tracks.id = play.track_id
        returning plays_count
    """
    values = {
        "track_id": track_id,
        "again_after": again_after,
        "network_limit": MAX_LISTENERS_OF_A_NETWORK,
    }
    return await tx.value(int, *bind(sql, listener, source, values))


async def delete_old_plays(tx: Tx, age: timedelta) -> int:
    return await tx.run("delete from track_plays where played_at < now() - $1::interval", age)


async def delete_counted_plays_of(tx: Tx, artist_id: UserId) -> None:
    await tx.run("delete from counted_plays where artist_id = $1", artist_id)


async def delete_plays_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from track_plays where user_id = $1", user_id)


async def list_personal_history(conn: Conn, user_id: UserId) -> list[PersonalPlays]:
    """Return how often and when a member played tracks, ordered by track."""
    sql = """
        select track_id, plays_count, first_played_at, last_played_at
          from track_history
         where user_id = $1
         order by track_id
    """
    return await conn.every(PersonalPlays, sql, user_id)


async def count_plays(conn: Conn) -> dict[str, int]:
    """Return the number of plays of all existing tracks."""
    sql = "select coalesce(sum(plays_count), 0)::bigint as total from tracks"
    return await conn.counts(sql)


async def update_artist(tx: Tx, artist_id: UserId, into_id: UserId) -> None:
    """Give the plays that are not counted by day yet to another profile."""
    sql = "update counted_plays set artist_id = $2 where artist_id = $1"
    await tx.run(sql, artist_id, into_id)
