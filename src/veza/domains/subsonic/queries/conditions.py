"""Conditions and joins that several statements share."""

from veza.domains.subsonic.models.rows import SongPage
from veza.infra.postgres.where import Where

PUBLISHED = "t.visibility = 'public' and t.status = 'ready'"
# A release that is an album in lists.
IS_LISTED = "r.visibility = 'public' and r.tracks_count > 0"
# Whether a track is on such a release: the others are albums of their own. Not `exists`, which the
# planner may turn into a join of whole tables, where a page needs the first rows of an index.
IS_PLACED = f"""
    coalesce((select true
                from release_tracks e
                join releases r on r.id = e.release_id
               where e.track_id = t.id and {IS_LISTED}
               limit 1), false)
"""
# The same for statements that read all tracks.
IS_AMONG_PLACED = f"""
    t.id in (select e.track_id
               from release_tracks e
               join releases r on r.id = e.release_id
              where {IS_LISTED})
"""
# The album of a track: of several public releases the one that was published first, for everybody.
FIRST_RELEASE = f"""
    left join lateral (
        select r.id as release_id, e.disc, e.number, r.title as album_title,
               coalesce(r.artist_name, n.username) as album_artist,
               r.release_date as album_date, r.cover_image_id as album_cover_id
          from release_tracks e
          join releases r on r.id = e.release_id
          join users n on n.id = r.owner_id
         where e.track_id = t.id and {IS_LISTED}
         order by r.listed_at, r.id
         limit 1
    ) a on true
"""


def hidden_owners(viewer: str, table: str = "t") -> str:
    """Return the condition that the owner is not suspended, and not blocked in either direction.

    Both lists are short and read once.
    """
    return f"""
        {table}.owner_id <> all (array(
            select h.id from users h where h.suspended_at is not null
        ))
        and {table}.owner_id <> all (array(
            select b.blocked_id from blocks b where b.blocker_id = {viewer}
             union all
            select b.blocker_id from blocks b where b.blocked_id = {viewer}
        ))
    """


def add_filters(where: Where, page: SongPage) -> None:
    """Limit tracks to a genre and to the years in which they were uploaded."""
    if page.genre is not None:
        where.add("lower(t.genre) = lower({})", page.genre)
    if page.from_year is not None:
        where.add("t.created_at >= make_date({}, 1, 1)", page.from_year)
    if page.to_year is not None:
        where.add("t.created_at < make_date({}, 1, 1)", page.to_year + 1)
