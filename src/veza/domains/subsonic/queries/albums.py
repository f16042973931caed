"""Albums are public releases, and tracks on none; members also see their own hidden ones."""

from collections.abc import Sequence

from veza.core.ids import ReleaseId, UserId
from veza.core.visibility import for_members, shared, visible_to, visible_track, wanted_item
from veza.domains.music.credits.models import CreditedKind
from veza.domains.subsonic.models.rows import AlbumKey, AlbumOrder, AlbumRow, SongPage
from veza.domains.subsonic.queries.conditions import (
    AVERAGE_RATING,
    FIRST_RELEASE,
    IS_PLACED,
    IS_READY,
    PUBLISHED,
    add_item_filters,
    hidden_owners,
    listed_credits,
)
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# The number of latest played tracks whose albums are listed as played.
_MAX_PLAYED = 2000

# The number of albums that a member rated which are listed by these ratings.
_MAX_RATED = 2000

_NEWEST = ("listed_at desc", "id desc")
_LATEST_YEAR = ("dated_at desc", "id desc")
# Each order is that of an index.
_ORDERS = {
    AlbumOrder.BY_NAME: ("title_key", "id"),
    AlbumOrder.BY_ARTIST: ("artist_key", "title_key", "id"),
    AlbumOrder.BY_YEAR: ("dated_at", "id"),
    AlbumOrder.FREQUENT: ("plays_count desc", "id desc"),
    AlbumOrder.HIGHEST: ("rating desc", "likes_count desc", "id desc"),
}
_COLUMNS = f"""
    r.id, r.owner_id, coalesce(u.display_name, u.username) as owner_name,
    coalesce(r.artist_name, u.display_name, u.username) as artist_name, r.title,
    r.kind, r.genre, r.label, r.release_date, r.cover_image_id, r.listed_at, s.songs_count,
    s.duration_ms, s.plays_count, s.has_track_cover, s.is_explicit,
    {AVERAGE_RATING} as average_rating
"""


async def list_albums(
    conn: Conn,
    viewer_id: UserId,
    page: SongPage,
    order: AlbumOrder = AlbumOrder.NEWEST,
    artist_id: UserId | None = None,
) -> list[AlbumKey]:
    """Return a page of albums, of all artists or of one: also the member's own hidden ones.

    By year, releases without a date are left out.
    """
    has_own = artist_id in {None, viewer_id}
    own_count = await count_hidden_albums(conn, viewer_id) if has_own else 0
    where = Where()
    viewer = where.bind(viewer_id)
    where.add_filter("i.owner_id = {}", artist_id)
    add_item_filters(where, page)
    keys = _ORDERS.get(order, _NEWEST)
    if order is AlbumOrder.BY_YEAR:
        where.add("i.dated_at is not null")
        keys = keys if page.is_ascending else _LATEST_YEAR
    # What is public besides being an album is the condition of the index of genres.
    is_public = "i.is_album and i.is_public" if page.genre else "i.is_album"
    is_own = f"i.owner_id = {viewer} and not i.is_public and i.releases_count = 0 and {IS_READY}"
    # At most all of the own ones are before the page: the public ones before these are skipped.
    skipped = max(0, page.offset - own_count)
    limit = f"limit {page.limit + own_count:d} offset {skipped:d}"
    listed = f"{is_public} and {hidden_owners(viewer, 'i')} and {wanted_item('i', viewer)}"
    items = _select_items(where, listed, keys, limit)
    if own_count:
        limit = f"limit {page.offset + page.limit:d}"
        items = f"{items} union all {_select_items(where, is_own, keys, limit)}"
    sql = f"""
        select p.id, p.is_release
          from ({items}) p
         order by {_order_by("p", keys)}
         limit {page.limit:d} offset {page.offset - skipped:d}
    """
    return await conn.all(AlbumKey, sql, *where.values)


def _select_items(where: Where, condition: str, keys: Sequence[str], limit: str) -> str:
    columns = ", ".join(f"i.{key.removesuffix(' desc')}" for key in keys)
    return f"""
        (select {columns}, i.is_release
           from catalogue_items i
          {where.sql or "where true"} and {condition}
          order by {_order_by("i", keys)}
          {limit})
    """


def _order_by(table: str, keys: Sequence[str]) -> str:
    return ", ".join(f"{table}.{key}" for key in keys)


async def count_hidden_albums(conn: Conn, owner_id: UserId) -> int:
    """Return how many albums of a member only they see, or slightly more."""
    sql = """
        select count(*)
          from catalogue_items
         where owner_id = $1 and not is_public and releases_count = 0
    """
    return await conn.value(int, sql, owner_id) or 0


async def list_played_albums(conn: Conn, viewer_id: UserId, page: SongPage) -> list[AlbumKey]:
    """Return a page of the albums whose tracks a member played last, the latest first."""
    where = Where()
    viewer = where.bind(viewer_id)
    sql = f"""
        with played as (
            select h.track_id, h.last_played_at
              from track_history h
             where h.user_id = {viewer}
             order by h.last_played_at desc, h.track_id desc
             limit {_MAX_PLAYED:d}
        )
        select coalesce(a.release_id, t.id) as id, a.release_id is not null as is_release
          from played p
          join tracks t on t.id = p.track_id
          {FIRST_RELEASE}
         where t.status = 'ready'
           and (t.owner_id = {viewer} or ({PUBLISHED} and {hidden_owners(viewer)}))
           and exists (select from track_media f where f.track_id = t.id)
         group by 1, 2
         order by max(p.last_played_at) desc, 1 desc
         limit {page.limit:d} offset {page.offset:d}
    """
    return await conn.all(AlbumKey, sql, *where.values)


async def list_liked_albums(conn: Conn, viewer_id: UserId, page: SongPage) -> list[AlbumKey]:
    """Return a page of the releases, and the tracks on none, that a member likes: latest first."""
    where = Where()
    viewer = where.bind(viewer_id)
    last = page.offset + page.limit
    shown_release, shown_track = (
        f"({shared(each)} or {for_members(each, viewer)}) and {hidden_owners(viewer, each)}"
        for each in ("r", "t")
    )
    sql = f"""
        select p.id, p.is_release
          from ((select r.id, true as is_release, g.liked_at
                   from release_likes g
                   join releases r on r.id = g.release_id
                  where g.user_id = {viewer}
                    and {visible_to(viewer, "r.owner_id", shown_release)}
                  order by g.liked_at desc, g.release_id desc
                  limit {last:d})
                 union all
                (select t.id, false, g.liked_at
                   from track_likes g
                   join tracks t on t.id = g.track_id
                  where g.user_id = {viewer} and t.status = 'ready' and not {IS_PLACED}
                    and {visible_to(viewer, "t.owner_id", shown_track)}
                    and exists (select from track_media f where f.track_id = t.id)
                  order by g.liked_at desc, g.track_id desc
                  limit {last:d})) p
         order by p.liked_at desc, p.id desc
         limit {page.limit:d} offset {page.offset:d}
    """
    return await conn.all(AlbumKey, sql, *where.values)


async def list_rated_albums(conn: Conn, viewer_id: UserId) -> list[AlbumKey]:
    """Return the albums in lists that a member rated, the highest ratings and the latest first."""
    where = Where()
    viewer = where.bind(viewer_id)
    is_listed = f"""
        (i.is_album and {hidden_owners(viewer, "i")}
         or i.owner_id = {viewer} and not i.is_public and i.releases_count = 0 and {IS_READY})
    """
    sql = f"""
        select i.id, i.is_release
          from (select release_id as id, rating, rated_at
                  from release_ratings where user_id = {viewer}
                 union all
                select track_id, rating, rated_at
                  from track_ratings where user_id = {viewer}) g
          join catalogue_items i on i.id = g.id
         where {is_listed}
         order by g.rating desc, g.rated_at desc, i.id
         limit {_MAX_RATED:d}
    """
    return await conn.all(AlbumKey, sql, *where.values)


async def list_albums_by_id(
    conn: Conn, viewer_id: UserId, release_ids: Sequence[ReleaseId]
) -> list[AlbumRow]:
    """Return releases in any order, with the totals of those of their tracks that a member sees."""
    where = Where()
    viewer = where.bind(viewer_id)
    sql = f"""
        select {_COLUMNS},
               (select k.liked_at from release_likes k
                 where k.release_id = r.id and k.user_id = {viewer}) as liked_at,
               (select g.rating from release_ratings g
                 where g.release_id = r.id and g.user_id = {viewer}) as rating,
               {listed_credits("r", CreditedKind.RELEASE, viewer)} as credits
          from releases r
          join users u on u.id = r.owner_id
          join catalogue_items i on i.id = r.id
         cross join lateral (
                   select count(*) as songs_count,
                          coalesce(sum(t.duration_ms), 0)::bigint as duration_ms,
                          coalesce(sum(t.plays_count), 0)::bigint as plays_count,
                          coalesce(bool_or(t.has_cover), false) as has_track_cover,
                          case when bool_or(t.is_explicit) then true
                               when bool_and(t.is_explicit is not null) then false
                           end as is_explicit
                     from release_tracks e
                     join tracks t on t.id = e.track_id
                     join track_media f on f.track_id = t.id
                    where e.release_id = r.id and t.status = 'ready'
                      and {visible_track("t", "u", viewer)}
               ) s
         where r.id = any({where.bind(list(release_ids))})
    """
    return await conn.all(AlbumRow, sql, *where.values)
