"""SQL statements that list albums: public releases, and tracks that are on none."""

from collections.abc import Sequence

from msgspec import Struct

from veza.core.genres import normalize_genre
from veza.core.ids import ReleaseId, UserId
from veza.domains.subsonic.models.rows import AlbumKey, AlbumOrder, AlbumRow, SongPage
from veza.domains.subsonic.queries.conditions import (
    FIRST_RELEASE,
    IS_LISTED,
    IS_PLACED,
    PUBLISHED,
    add_filters,
    hidden_owners,
)
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# The number of latest played tracks whose albums are listed as played.
_MAX_PLAYED = 2000


class _Order(Struct, frozen=True):
    """The sort keys of releases and single tracks; the id comes last.

    `release_keys` are the values of `releases` as the type of `singles`.
    """

    releases: tuple[str, ...]
    singles: tuple[str, ...]
    direction: str
    release_keys: tuple[str, ...]


_NEWEST = _Order(("r.listed_at",), ("t.created_at",), "desc", ("r.listed_at",))
_NAMES = ("lower(r.title)",)
_ARTISTS = ("r.artist_key", "lower(r.title)")
_ORDERS = {
    AlbumOrder.BY_NAME: _Order(_NAMES, ("lower(t.title)",), "asc", _NAMES),
    AlbumOrder.BY_ARTIST: _Order(_ARTISTS, ("n.username_key", "lower(t.title)"), "asc", _ARTISTS),
    AlbumOrder.BY_YEAR: _Order(
        ("r.release_date",),
        ("t.created_at",),
        "desc",
        ("r.release_date::timestamp at time zone 'UTC'",),
    ),
}
_TOTALS = {AlbumOrder.FREQUENT: "plays_count", AlbumOrder.HIGHEST: "likes_count"}
_COLUMNS = """
    r.id, r.owner_id, u.username, coalesce(r.artist_name, u.username) as artist_name, r.title,
    r.kind, r.genre, r.label, r.release_date, r.cover_image_id, r.listed_at, s.songs_count,
    s.duration_ms, s.plays_count, s.has_track_cover
"""


async def list_albums(
    conn: Conn,
    viewer_id: UserId,
    page: SongPage,
    order: AlbumOrder = AlbumOrder.NEWEST,
    artist_id: UserId | None = None,
) -> list[AlbumKey]:
    """Return a page of albums, of all artists or of one: also the member's own single tracks.

    By year, releases without a date are left out.
    """
    where = Where()
    viewer = where.bind(viewer_id)
    where.add(f"not {IS_PLACED}")
    add_filters(where, page)
    where.add_filter("t.owner_id = {}", artist_id)
    by = _ORDERS.get(order, _NEWEST)
    last = page.offset + page.limit
    of_releases = f"""
        {IS_LISTED} and {hidden_owners(viewer, "r")} {_filter_releases(where, page, artist_id)}
    """
    of_all = f"{where.sql} and {PUBLISHED} and {hidden_owners(viewer)}"
    of_viewer = f"""
        {where.sql} and t.owner_id = {viewer} and t.status = 'ready' and t.visibility <> 'public'
    """
    selected = [
        _releases_sql(by, of_releases, last),
        _singles_sql(by, of_all, last),
        _singles_sql(by, of_viewer, last),
    ]
    keys = [f"p.key{number}" for number in range(len(by.singles))]
    sql = f"""
        select p.id, p.is_release
          from ({" union all ".join(selected)}) p
         order by {_sort(keys, "p.id", by.direction)}
         limit {page.limit:d} offset {page.offset:d}
    """
    return await conn.all(AlbumKey, sql, *where.values)


def _releases_sql(by: _Order, condition: str, limit: int) -> str:
    return f"""
        (select r.id, true as is_release, {_name_keys(by.release_keys)}
           from releases r
          where {condition}
          order by {_sort(by.releases, "r.id", by.direction)}
          limit {limit:d})
    """


def _singles_sql(by: _Order, where: str, limit: int) -> str:
    return f"""
        (select t.id, false as is_release, {_name_keys(by.singles)}
           from tracks t
           join users n on n.id = t.owner_id
           join track_media f on f.track_id = t.id
         {where}
          order by {_sort(by.singles, "t.id", by.direction)}
          limit {limit:d})
    """


async def list_top_albums(
    conn: Conn, viewer_id: UserId, page: SongPage, order: AlbumOrder
) -> list[AlbumKey]:
    """Return a page of albums by the plays or the likes of their most played or liked track."""
    where = Where()
    viewer = where.bind(viewer_id)
    total = _TOTALS[order]
    last = page.offset + page.limit
    is_public = f"{PUBLISHED} and {hidden_owners(viewer)}"
    has_sound = "exists (select from track_media f where f.track_id = t.id)"
    sql = f"""
        select p.id, p.is_release
          from ((select r.id, true as is_release, t.{total} as total
                   from tracks t
                   join release_tracks e on e.track_id = t.id
                   join releases r on r.id = e.release_id
                  where {is_public} and {has_sound} and {IS_LISTED}
                    and not exists (
                        select from release_tracks o
                          join tracks x on x.id = o.track_id
                         where o.release_id = r.id
                           and x.visibility = 'public' and x.status = 'ready'
                           and (x.{total}, x.id) > (t.{total}, t.id)
                           and exists (select from track_media y where y.track_id = x.id)
                    )
                  order by t.{total} desc, r.id desc
                  limit {last:d})
                 union all
                (select t.id, false as is_release, t.{total} as total
                   from tracks t
                  where (({is_public}) or (t.owner_id = {viewer} and t.status = 'ready'))
                    and {has_sound} and not {IS_PLACED}
                  order by t.{total} desc, t.id desc
                  limit {last:d})) p
         order by p.total desc, p.id desc
         limit {page.limit:d} offset {page.offset:d}
    """
    return await conn.all(AlbumKey, sql, *where.values)


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


async def list_liked_singles(conn: Conn, viewer_id: UserId, page: SongPage) -> list[AlbumKey]:
    """Return a page of the tracks that a member likes and that are on no release."""
    where = Where()
    viewer = where.bind(viewer_id)
    sql = f"""
        select t.id, false as is_release
          from track_likes g
          join tracks t on t.id = g.track_id
         where g.user_id = {viewer} and t.status = 'ready' and not {IS_PLACED}
           and (t.owner_id = {viewer} or (t.visibility <> 'private' and {hidden_owners(viewer)}))
           and exists (select from track_media f where f.track_id = t.id)
         order by g.track_created_at desc, g.track_id desc
         limit {page.limit:d} offset {page.offset:d}
    """
    return await conn.all(AlbumKey, sql, *where.values)


async def list_albums_by_id(
    conn: Conn, viewer_id: UserId, release_ids: Sequence[ReleaseId]
) -> list[AlbumRow]:
    """Return releases in any order, with the totals of those of their tracks that a member sees."""
    where = Where()
    viewer = where.bind(viewer_id)
    sql = f"""
        select {_COLUMNS}
          from releases r
          join users u on u.id = r.owner_id
         cross join lateral (
                   select count(*) as songs_count,
                          coalesce(sum(t.duration_ms), 0)::bigint as duration_ms,
                          coalesce(sum(t.plays_count), 0)::bigint as plays_count,
                          coalesce(bool_or(t.has_cover), false) as has_track_cover
                     from release_tracks e
                     join tracks t on t.id = e.track_id
                     join track_media f on f.track_id = t.id
                    where e.release_id = r.id and t.status = 'ready'
                      and (t.visibility <> 'private' or t.owner_id = {viewer})
               ) s
         where r.id = any({where.bind(list(release_ids))})
    """
    return await conn.all(AlbumRow, sql, *where.values)


def _filter_releases(where: Where, page: SongPage, artist_id: UserId | None) -> str:
    """Return what is added to the condition of releases."""
    conditions: list[str] = []
    if page.genre is not None:
        conditions.append(f"r.genre = {where.bind(normalize_genre(page.genre))}")
    if page.from_year is not None:
        conditions.append(f"r.release_date >= make_date({where.bind(page.from_year)}, 1, 1)")
    if page.to_year is not None:
        conditions.append(f"r.release_date < make_date({where.bind(page.to_year + 1)}, 1, 1)")
    if artist_id is not None:
        conditions.append(f"r.owner_id = {where.bind(artist_id)}")
    return "".join(f" and {condition}" for condition in conditions)


def _name_keys(keys: Sequence[str]) -> str:
    return ", ".join(f"{key} as key{number}" for number, key in enumerate(keys))


def _sort(keys: Sequence[str], last: str, direction: str) -> str:
    return ", ".join(f"{key} {direction}" for key in (*keys, last))
