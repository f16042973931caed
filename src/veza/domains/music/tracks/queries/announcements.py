"""Followers are told of a track once: what is decided about it is stored, and stays."""

from datetime import timedelta

from veza.core.visibility import active, published_track
from veza.domains.music.tracks.models.tracks import DecidedTrack
from veza.infra.postgres.database import Tx


async def decide_due(tx: Tx, after: timedelta, *, limit: int) -> list[DecidedTrack]:
    """Decide whether followers are told of tracks that are public for so long; return these.

    Not of those that are on a release, public or not, of episodes, which have feeds, and of those
    of suspended members.
    """
    sql = f"""
        with decided as (
            update track_announcements a
               set decided_at = now(),
                   is_announced = exists (
                       select from tracks t
                         join users o on o.id = t.owner_id and {active("o")}
                        where t.id = a.track_id and {published_track("t")}
                          and not exists (select from release_tracks e where e.track_id = t.id)
                          and not exists (select from episodes e where e.track_id = t.id))
             where a.track_id in (
                       select track_id
                         from track_announcements
                        where decided_at is null and public_at <= now() - $1::interval
                        order by public_at
                        limit {limit:d}
                          for no key update skip locked)
         returning a.track_id, a.is_announced
        )
        select t.id as track_id, t.owner_id, d.is_announced
          from decided d
          join tracks t on t.id = d.track_id
    """
    return await tx.all(DecidedTrack, sql, after)
