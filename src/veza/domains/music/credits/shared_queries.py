"""Columns with the credits of a track or release, for the statements of other domains."""

from uuid import UUID

from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.visibility import linked_credit
from veza.infra.postgres.database import Conn


def track_credits(track: str) -> str:
    """Return the column `credited` of an alias of `tracks`: null without credits."""
    return f"{_credited('track_credits', 'track_id', track)} as credited"


def track_credits_text(track: str) -> str:
    """Return the same as text, without a name: it changes when what is shown changes."""
    return f"({_credited('track_credits', 'track_id', track)})::text"


def release_credits(release: str) -> str:
    """Return the column `credited` of an alias of `releases`: null without credits."""
    return f"{_credited('release_credits', 'release_id', release)} as credited"


def names_on_track(track: str) -> str:
    """Return the column `credited` with the names of all on a track, of an alias of `tracks`."""
    return f"{_names('track_credits', 'track_id', track)} as credited"


def names_on_release(release: str) -> str:
    """Return the same of an alias of `releases`."""
    return f"{_names('release_credits', 'release_id', release)} as credited"


async def list_linked_artists(conn: Conn, release_id: ReleaseId) -> list[UserId]:
    """Return who confirmed to be an artist of a release or of a track on it, in their order."""
    sql = f"""
        with named as (
            select user_id, state, 0 as disc, 0 as number, position
              from release_credits
             where release_id = $1 and role = 'artist'
             union all
            select k.user_id, k.state, c.disc, c.number, k.position
              from release_tracks c
              join track_credits k on k.track_id = c.track_id and k.role = 'artist'
             where c.release_id = $1
        )
        select w.id
          from named k
          join users w on w.id = k.user_id and {linked_credit("k", "w")}
         order by k.disc, k.number, k.position
    """
    found = await conn.column(UUID, sql, release_id)
    return [UserId(each) for each in dict.fromkeys(found)]


async def list_track_artists(conn: Conn, track_id: TrackId) -> list[UserId]:
    """Return who confirmed to be an artist of a track, in their order."""
    sql = f"""
        select w.id
          from track_credits k
          join users w on w.id = k.user_id and {linked_credit("k", "w")}
         where k.track_id = $1 and k.role = 'artist'
         order by k.position
    """
    found = await conn.column(UUID, sql, track_id)
    return [UserId(each) for each in dict.fromkeys(found)]


def _names(table: str, key: str, item: str) -> str:
    return f"array(select distinct k.name from {table} k where k.{key} = {item}.id)"


def _credited(table: str, key: str, item: str) -> str:
    """Return rows of `ShownCredit`, for items that have some; the others cost no look-up.

    The names are those in our statements, never what somebody sent.
    """
    return f"""
        case when {item}.has_credits then (
            select jsonb_agg(
                       jsonb_build_array(
                           k.role, k.name, k.join_phrase, k.instrument, w.id, w.username,
                           w.display_name, w.avatar_id)
                       order by k.position)
              from {table} k
              left join users w on w.id = k.user_id and {linked_credit("k", "w")}
             where k.{key} = {item}.id
        ) end
    """
