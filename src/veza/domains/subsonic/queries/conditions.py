"""Conditions and joins that several statements share."""

from datetime import UTC, datetime

from veza.core.genres import normalize_genre
from veza.core.visibility import (
    blocked_ids,
    linked_credit,
    listed_release,
    published_track,
    suspended_ids,
)
from veza.domains.music.credits.models import CreditedKind
from veza.domains.subsonic.models.rows import SongPage
from veza.infra.postgres.where import Where

PUBLISHED = published_track("t")
# A release that is an album in lists.
IS_LISTED = listed_release("r")
# Whether a track is on such a release: the others are albums of their own.
IS_PLACED = """
    coalesce((select i.releases_count > 0 from catalogue_items i where i.id = t.id), false)
"""
# Whether an item of the member can be played: a track is processed, a release has tracks.
IS_READY = """
    (exists (select from tracks t
               join track_media f on f.track_id = t.id
              where t.id = i.id and t.status = 'ready')
     or exists (select from releases r where r.id = i.id and r.tracks_count > 0))
"""
# The average of the ratings of the item `i`, from three on: less would show what a member thinks.
AVERAGE_RATING = """
    case when i.ratings_count >= 3
         then round(i.ratings_sum::numeric / i.ratings_count, 2)::double precision end
"""
# The album of a track: of several public releases the one that was published first, for everybody.
FIRST_RELEASE = f"""
    left join lateral (
        select r.id, r.id as release_id, r.has_credits, e.disc, e.number, r.title as album_title,
               coalesce(r.artist_name, n.display_name, n.username) as album_artist,
               r.release_date as album_date, r.cover_image_id as album_cover_id
          from release_tracks e
          join releases r on r.id = e.release_id
          join users n on n.id = r.owner_id
         where e.track_id = t.id and {IS_LISTED}
         order by r.listed_at, r.id
         limit 1
    ) a on true
"""


def listed_credits(item: str, kind: CreditedKind, viewer: str) -> str:
    """Return the credits of a track or release that lead to an artist whom a player can show.

    They have public music, and are not blocked. Null for what has no credits.
    """
    table, key = ("track_credits", "track_id")
    if kind is CreditedKind.RELEASE:
        table, key = ("release_credits", "release_id")
    return f"""
        case when {item}.has_credits then (
            select jsonb_agg(jsonb_build_object('id', w.id,
                                                'name', coalesce(w.display_name, w.username),
                                                'role', k.role, 'instrument', k.instrument)
                             order by k.position)
              from {table} k
              join users w on w.id = k.user_id and {linked_credit("k", "w")}
             where k.{key} = {item}.id
               and w.id <> all (array({blocked_ids(viewer)}))
               and exists (select from catalogue_items i where i.owner_id = w.id and i.is_public)
        ) end
    """


def hidden_owners(viewer: str, table: str = "t") -> str:
    """Return the condition that the owner is not suspended, and not blocked in either direction.

    Both lists are short and read once.
    """
    return f"""
        {table}.owner_id <> all (array({suspended_ids()}))
        and {table}.owner_id <> all (array({blocked_ids(viewer)}))
    """


def add_item_filters(where: Where, page: SongPage) -> None:
    """Limit items to a genre, and to years: of the release date, or of the upload of a track.

    What is left out is a set of ids that is looked up for each item.
    """
    if page.without:
        where.add("i.id not in (select unnest({}::uuid[]))", list(page.without))
    if page.genre is not None:
        where.add("i.genre = {}", normalize_genre(page.genre) or page.genre)
    first, last = page.from_year, page.to_year
    if not page.is_ascending:
        first, last = last, first
    for year, condition in (
        (first, "i.dated_at >= {}"),
        (None if last is None else last + 1, "i.dated_at < {}"),
    ):
        if year is not None:
            where.add(condition, datetime(year, 1, 1, tzinfo=UTC))
