"""Likes and unlikes as single statements: see `infra.postgres.single_statement`.

`queries.likes` has the same changes for a transaction.
"""

from veza.core.ids import TrackId, UserId
from veza.core.visibility import active, visible_track
from veza.domains.music.tracks.events import TrackLiked
from veza.domains.music.tracks.models import CountedLikes
from veza.infra.jobs import outbox
from veza.infra.postgres.database import Database
from veza.infra.postgres.single_statement import CHANGED, RECORDER, Part, SingleStatement

# The track is locked first, then the member.
_VISIBLE = visible_track("t", "o", ":member_id")

_LIKE = [
    Part(
        "seen",
        f"""
        select t.id, t.owner_id, t.created_at, l.id as liker_id
          from {RECORDER}, tracks t
          join users o on o.id = t.owner_id
          join users l on l.id = :member_id
         where t.id = :track_id and {active("l")} and {_VISIBLE}
           for no key update of t
           for share of l
        """,
    ),
    Part(
        "liked",
        """
        insert into track_likes (track_id, user_id, track_created_at)
             select s.id, s.liker_id, s.created_at from seen s
        on conflict do nothing
          returning track_id
        """,
    ),
    Part(
        CHANGED,
        """
           update tracks t
              set likes_count = likes_count + 1
             from liked l, seen s
            where t.id = l.track_id
        returning t.id as track_id, s.liker_id, s.owner_id, t.likes_count
        """,
    ),
    outbox.event_part("announced", TrackLiked, CHANGED),
]

_UNLIKE = [
    Part(
        "seen",
        f"""
        select t.id
          from {RECORDER}, tracks t
          join users o on o.id = t.owner_id
         where t.id = :track_id and {_VISIBLE}
           for no key update of t
        """,
    ),
    Part(
        "unliked",
        """
        delete from track_likes l
              using seen s
              where l.track_id = s.id and l.user_id = :member_id
          returning l.track_id, l.is_hidden
        """,
    ),
    Part(
        CHANGED,
        """
           update tracks t
              set likes_count = likes_count - (not l.is_hidden)::integer
             from unliked l
            where t.id = l.track_id
        returning t.likes_count
        """,
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
