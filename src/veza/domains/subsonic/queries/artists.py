"""Artists are members with public albums; those hidden from a viewer are read apart."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from veza.core.ids import UserId
from veza.core.normalize import normalize_identifier
from veza.core.visibility import listed_release, published_track, suspended
from veza.domains.subsonic.models.rows import ArtistCover, ArtistRow
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_MAX_RELATED = 20_000
# Whether an artist has a picture, or a public track or release with one.
_HAS_COVER = f"""
    u.avatar_id is not null
    or exists (select from tracks t
             where t.owner_id = u.id and t.has_cover and {published_track("t")})
    or exists (select from releases r
                where r.owner_id = u.id and r.cover_image_id is not null
                  and {listed_release("r")})
"""


class RelatedRow(Struct, frozen=True):
    """An artist whom a viewer follows, rates, or does not see."""

    artist_id: UserId
    followed_at: datetime | None
    rating: int | None
    is_hidden: bool


async def list_artists(conn: Conn, limit: int) -> list[ArtistRow]:
    """Return all members with public albums by name, at most `limit`, for any viewer."""
    sql = f"""
        select u.id, coalesce(u.display_name, u.username) as name, c.albums_count,
               {_HAS_COVER} as has_cover
          from (select i.owner_id, count(*) as albums_count
                  from catalogue_items i
                 where i.is_album and i.is_public
                 group by i.owner_id) c
          join users u on u.id = c.owner_id
         order by lower(coalesce(u.display_name, u.username)) collate "C", u.id
         limit {limit:d}
    """
    return await conn.all(ArtistRow, sql)


async def list_artists_by_id(conn: Conn, artist_ids: Sequence[UUID]) -> list[ArtistRow]:
    """Return those of these members that have public albums, in any order."""
    sql = f"""
        select u.id, coalesce(u.display_name, u.username) as name, c.albums_count,
               {_HAS_COVER} as has_cover
          from users u
         cross join lateral (
               select count(*) as albums_count
                 from catalogue_items i
                where i.owner_id = u.id and i.is_public and i.is_album
               ) c
         where u.id = any($1) and c.albums_count > 0
    """
    return await conn.all(ArtistRow, sql, list(artist_ids))


async def list_related(
    conn: Conn, viewer_id: UserId, artist_ids: Sequence[UUID] | None = None
) -> list[RelatedRow]:
    """Return whom a member follows, the latest first, whom they rate, and who is hidden from them.

    Of all artists, or of these. Hidden are suspended members, and those with a block between them
    and the member.
    """
    where = Where()
    viewer = where.bind(viewer_id)
    wanted = "true" if artist_ids is None else f"{{}} = any({where.bind(list(artist_ids))})"
    sql = f"""
        (select w.followed_id as artist_id, w.followed_at, null::integer as rating,
                false as is_hidden
           from follows w
          where w.follower_id = {viewer} and {wanted.format("w.followed_id")}
          order by w.followed_at desc, w.followed_id desc
          limit {_MAX_RELATED:d})
        union all
        (select g.artist_id, null, g.rating, false
           from artist_ratings g
          where g.user_id = {viewer} and {wanted.format("g.artist_id")}
          order by g.artist_id
          limit {_MAX_RELATED:d})
        union all
        select b.blocked_id, null, null, true
          from blocks b where b.blocker_id = {viewer} and {wanted.format("b.blocked_id")}
        union all
        select b.blocker_id, null, null, true
          from blocks b where b.blocked_id = {viewer} and {wanted.format("b.blocker_id")}
        union all
        select h.id, null, null, true
          from users h
         where {suspended("h")} and {wanted.format("h.id")}
           and exists (select from catalogue_items i where i.owner_id = h.id and i.is_public)
    """
    return await conn.all(RelatedRow, sql, *where.values)


async def find_biography(conn: Conn, artist_id: UserId) -> str | None:
    return await conn.value(str, "select bio from users where id = $1", artist_id)


async def find_artist_id(conn: Conn, username: str) -> UUID | None:
    sql = "select id from users where username_key = $1"
    return await conn.value(UUID, sql, normalize_identifier(username))


async def find_cover(conn: Conn, artist_id: UUID) -> ArtistCover:
    """Return the cover of an artist's latest public track with one, and the image of a release.

    Of the latest public release with an image.
    """
    sql = f"""
        select (select t.id
                  from tracks t
                 where t.owner_id = $1 and t.has_cover and {published_track("t")}
                 order by t.created_at desc, t.id desc
                 limit 1) as track_id,
               (select r.cover_image_id
                  from releases r
                 where r.owner_id = $1 and r.cover_image_id is not null and {listed_release("r")}
                 order by r.listed_at desc, r.id desc
                 limit 1) as image_id
    """
    return await conn.one(ArtistCover, sql, artist_id)
