"""List items for members: a page of each kind is read by its index, and they are merged."""

from msgspec import Struct

from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.core.visibility import active, admitted, blocked, taken_down
from veza.domains.marketplace.exclusives.models import StoredExclusive
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_EXCERPT = 100
# Everything that is for members also while it is private. A release stands for its tracks.
_TRACK = f"""
    t.status = 'ready' and t.visibility = 'private' and not {taken_down("t")}
    and not exists (
        select from release_tracks e
          join releases r on r.id = e.release_id
         where e.track_id = t.id and r.tier_id is not null and r.visibility = 'private'
           and not {taken_down("r")})
"""
_RELEASE = f"r.visibility = 'private' and not {taken_down('r')}"
_OF_TIERS = "c.tier_id in (select n.id from tiers n where n.profile_id = {})"


class _Kind(Struct, frozen=True):
    """A table of items, and the conditions of those of a profile and of those that are listed."""

    kind: str
    table: str
    alias: str
    of_profile: str
    shown: str


_KINDS = (
    _Kind("track", "tracks", "t", "t.owner_id = {}", _TRACK),
    _Kind("release", "releases", "r", "r.owner_id = {}", _RELEASE),
    _Kind("post", "posts", "p", "p.author_id = {}", "not p.is_taken_down"),
    _Kind("room", "conversations", "c", _OF_TIERS, "c.ended_at is null"),
)


async def list_exclusives(
    conn: Conn, profile_id: UserId, viewer_id: UserId | None, *, limit: int, cursor: Cursor | None
) -> list[StoredExclusive]:
    """Return the items of a profile for members, newest first: up to the limit and one more.

    None of a suspended profile, nor of one that blocks the viewer or is blocked.
    """
    where = Where()
    profile, viewer = where.bind(profile_id), where.bind_optional(viewer_id)
    pages = [_select(each, where, profile, limit, cursor) for each in _KINDS]
    has_access = "false"
    if viewer is not None:
        has_access = f"u.id = {viewer} or {admitted(viewer, 'u.id', 'i.tier_id')}"
    sql = f"""
        with page as materialized (
            select i.kind, i.id, i.tier_id, i.created_at, n.name as tier_name,
                   {has_access} as has_access
              from ({" union all ".join(pages)}) i
              join users u on u.id = {profile}
              join tiers n on n.id = i.tier_id
             where {active("u")} and not {blocked(viewer, "u.id")}
             order by i.created_at desc, i.id desc
             limit {limit + 1:d}
        )
        select i.kind, i.id, i.tier_id, i.tier_name, i.created_at, i.has_access,
               case when p.id is null then coalesce(t.title, r.title, c.name)
                    when i.has_access then left(p.content, {_EXCERPT:d}) end as title,
               coalesce(t.has_cover, false) as has_cover, r.cover_image_id, r.publish_at,
               coalesce(t.cover_palette, m.palette) as cover_palette,
               coalesce(t.cover_placeholder, m.placeholder) as cover_placeholder
          from page i
          left join tracks t on t.id = i.id and i.kind = 'track'
          left join releases r on r.id = i.id and i.kind = 'release'
          left join posts p on p.id = i.id and i.kind = 'post'
          left join conversations c on c.id = i.id and i.kind = 'room'
          left join images m on m.id = r.cover_image_id
         order by i.created_at desc, i.id desc
    """
    return await conn.all(StoredExclusive, sql, *where.values)


def _select(kind: _Kind, values: Where, profile: str, limit: int, cursor: Cursor | None) -> str:
    """Return a select of the next items of a kind."""
    alias = kind.alias
    where = Where()
    # Placeholders are numbered through all kinds.
    where.values = values.values
    of_profile = kind.of_profile.format(profile)
    where.add(f"{of_profile} and {alias}.tier_id is not null and {kind.shown}")
    where.add_cursor(f"{alias}.created_at, {alias}.id", cursor)
    return f"""
        (select '{kind.kind}' as kind, {alias}.id, {alias}.tier_id, {alias}.created_at
           from {kind.table} {alias}
         {where.sql}
          order by {alias}.created_at desc, {alias}.id desc
          limit {limit + 1:d})
    """
