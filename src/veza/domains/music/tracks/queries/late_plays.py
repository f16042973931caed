"""Plays that are reported after their time count once, as if they had been reported at once."""

from datetime import datetime, timedelta

from msgspec import Struct

from veza.core.ids import TrackId, UserId
from veza.core.listener_identity import MAX_LISTENERS_OF_A_NETWORK, ListenerIdentity
from veza.core.play_source import PlaySource
from veza.domains.music.tracks.queries.plays import COUNTED
from veza.infra.postgres.database import Tx
from veza.infra.postgres.parameters import bind

# Of one member, as long as they are kept.
MAX_LATE_PLAYS = 2_000

# True if no other play of the member is so close in time.
_IS_ALONE = """
        not exists (select from late_plays l
                     where l.user_id = :user_id and l.track_id = :track_id
                       and l.played_at > :played_at::timestamptz - :again_after::interval
                       and l.played_at < :played_at::timestamptz + :again_after::interval)
    and not exists (select from track_plays p
                     where p.track_id = :track_id and p.listener = :name
                       and p.played_at > :played_at::timestamptz - :again_after::interval
                       and p.played_at < :played_at::timestamptz + :again_after::interval)
    and not exists (select from track_history h
                     where h.user_id = :user_id and h.track_id = :track_id
                       and h.last_played_at > :played_at::timestamptz - :again_after::interval
                       and h.last_played_at < :played_at::timestamptz + :again_after::interval)
"""
# Compares what is played next with the row of `play`, as if that had been reported at once.
_RECENT = """
    recent as (
        insert into track_plays as p (track_id, listener, user_id, network, played_at)
             select track_id, :name, user_id, :network, played_at from play
        on conflict (track_id, listener) do update
                set played_at = greatest(p.played_at, excluded.played_at)
    )
"""
# Adds the row of `play` to a member's history, unless they keep none.
_HISTORY = """
    history as (
        insert into track_history as h (user_id, track_id, first_played_at, last_played_at)
             select play.user_id, play.track_id, play.played_at, play.played_at
               from play
               left join library_settings s on s.user_id = play.user_id
              where s.keep_history is not false
        on conflict (user_id, track_id) do update
                set plays_count = h.plays_count + 1,
                    first_played_at = least(h.first_played_at, excluded.first_played_at),
                    last_played_at = greatest(h.last_played_at, excluded.last_played_at)
    )
"""
# The limits of late reports for a member and for a network.
_IS_WITHIN_LIMITS = """
        exists (select from users u
                 where u.id = :user_id and u.created_at <= :played_at::timestamptz)
    and (select count(*) from late_plays where user_id = :user_id) < :member_limit
    and (select count(distinct user_id) from late_plays
          where track_id = :track_id and network = :network) < :network_limit
"""


class LatePlay(Struct, frozen=True):
    """A track, and when it was played."""

    track_id: TrackId
    played_at: datetime


async def insert_late_play(
    tx: Tx,
    play: LatePlay,
    listener: ListenerIdentity,
    source: PlaySource,
    *,
    again_after: timedelta,
) -> int | None:
    """Count an earlier play of a member of a track that the caller has locked; return the count.

    None if the member played it within `again_after` of that time, had no account then, or if they
    or their network reported too many. Statistics count it on the day of the report.
    """
    sql = f"""
        with play as (
            insert into late_plays (user_id, track_id, played_at, network)
                 select :user_id, :track_id, :played_at, :network
                  where {_IS_ALONE} and {_IS_WITHIN_LIMITS}
              returning user_id, track_id, played_at
        ),
        {_RECENT},
        {_HISTORY},
        {COUNTED}
           update tracks
              set plays_count = plays_count + 1
             from play
            where tracks.id = play.track_id
        returning plays_count
    """
    values = {
        "again_after": again_after,
        "member_limit": MAX_LATE_PLAYS,
        "network_limit": MAX_LISTENERS_OF_A_NETWORK,
    }
    return await tx.value(int, *bind(sql, play, listener, source, values))


async def delete_old_late_plays(tx: Tx, age: timedelta) -> int:
    return await tx.run("delete from late_plays where played_at < now() - $1::interval", age)


async def delete_late_plays_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from late_plays where user_id = $1", user_id)
