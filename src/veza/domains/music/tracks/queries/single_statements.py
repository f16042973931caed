"""Likes and unlikes as single statements: see `infra.postgres.single_statement`.

`queries.likes` has the same changes for a transaction.
"""

from veza.core.ids import TrackId, UserId
from veza.core.visibility import active, visible_track
from veza.domains.music.tracks.events import TrackLiked
from veza.domains.music.tracks.models.tracks import CountedLikes
from veza.infra.jobs import outbox
from veza.infra.postgres.database import Database
from veza.infra.postgres.single_statement import CHANGED, RECORDER, Part, SingleStatement, undo_part

# The update locks the track, then the member is locked.
_VISIBLE = visible_track("t", "o", ":member_id")

_LIKE = [
    Part(
        "counted",
        f"""
           update tracks t
              set likes_count = likes_count + 1
             from {RECORDER}, users o, users l
            where t.id = :track_id and o.id = t.owner_id and {_VISIBLE}
              and l.id = :member_id and {active("l")}
              and not exists (select from track_likes k
                               where k.track_id = :track_id and k.user_id = :member_id)
        returning t.id, t.owner_id, t.created_at, t.likes_count
        """,
    ),
    Part(
        "liker",
        f"""
        select l.id
          from counted c
          join users l on l.id = :member_id
         where {active("l")}
           for share of l
        """,
    ),
    Part(
        "liked",
        """
        insert into track_likes (track_id, user_id, track_created_at)
             select c.id, l.id, c.created_at from counted c, liker l
        on conflict do nothing
          returning track_id, user_id
        """,
    ),
    undo_part("counted", unless="liked"),
    Part(
        CHANGED,
        """
        select c.id as track_id, l.user_id as liker_id, c.owner_id, c.likes_count
          from counted c
          join liked l on l.track_id = c.id
        """,
    ),
    outbox.event_part("announced", TrackLiked, CHANGED),
]

_UNLIKE = [
    Part(
        "counted",
        f"""
           update tracks t
              set likes_count = likes_count - (not l.is_hidden)::integer
             from {RECORDER}, users o, track_likes l
            where t.id = :track_id and o.id = t.owner_id and {_VISIBLE}
              and l.track_id = t.id and l.user_id = :member_id
        returning t.id, l.is_hidden, t.likes_count
        """,
    ),
    Part(
        "unliked",
        """
        delete from track_likes l
              using counted c
              where l.track_id = c.id and l.user_id = :member_id and l.is_hidden = c.is_hidden
          returning l.track_id
        """,
    ),
    undo_part("counted", unless="unliked"),
    Part(
        CHANGED,
        "select c.likes_count from counted c join unliked l on l.track_id = c.id",
    ),
]


async def insert_like(database: Database, track_id: TrackId, liker_id: UserId) -> int | None:
    """Like a visible track, and announce it; return the count, None if nothing was changed."""
    values = {"track_id": track_id, "member_id": liker_id}
    like = SingleStatement(_LIKE, values, frozenset({outbox.TOPIC}))
    counted = await database.run_single(CountedLikes, like)
    return None if counted is None else counted.likes_count


async def delete_like(database: Database, track_id: TrackId, liker_id: UserId) -> int | None:
    """Delete a like of a visible track; return the count, None if nothing was changed."""
    values = {"track_id": track_id, "member_id": liker_id}
    counted = await database.run_single(CountedLikes, SingleStatement(_UNLIKE, values))
    return None if counted is None else counted.likes_count
