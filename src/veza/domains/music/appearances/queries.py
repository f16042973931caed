"""Confirmed credits on what lists show to everybody, read in the order of the index."""

from veza.core.ids import UserId
from veza.core.visibility import (
    active,
    blocked,
    listed_release,
    published_track,
    wanted_release,
    wanted_track,
)
from veza.domains.music.appearances.models import AppearanceQuery, StoredAppearance
from veza.domains.music.credits.models import CreditedKind
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


async def list_appearances(
    conn: Conn, query: AppearanceQuery, viewer_id: UserId | None
) -> list[StoredAppearance]:
    """Return a page of the credits of a profile, and the first of the next page.

    A row without a credit if there are none; no row if the viewer may not see the profile.
    """
    where = Where("c.user_id = u.id and c.state = 'confirmed'")
    viewer = where.bind_optional(viewer_id)
    where.add("c.role = 'artist'" if query.as_artist else "c.role <> 'artist'")
    if query.as_artist:
        where.add("o.id <> u.id")
    where.add_cursor("c.created_at, c.id", query.cursor)
    where.add(f"{active('o')} and not {blocked(viewer, 'o.id')}")
    if query.kind is CreditedKind.TRACK:
        source, key = "track_credits c join tracks t on t.id = c.track_id", "track_id"
        where.add(f"{published_track('t')} and {wanted_track('t', viewer)}")
    else:
        source, key = "release_credits c join releases t on t.id = c.release_id", "release_id"
        where.add(f"{listed_release('t')} and {wanted_release('t', viewer)}")
    sql = f"""
        select u.id as profile_id, found.id, found.item_id, found.role, found.name,
               found.instrument, found.created_at
          from users u
          left join lateral (
                select c.id, c.{key} as item_id, c.role, c.name, c.instrument, c.created_at
                  from {source}
                  join users o on o.id = t.owner_id
                {where.sql}
                 order by c.created_at desc, c.id desc
                 limit {query.limit + 1:d}
               ) found on true
         where u.id = {where.bind(query.profile_id)} and {active("u")}
           and not {blocked(viewer, "u.id")}
         order by found.created_at desc, found.id desc
    """
    return await conn.all(StoredAppearance, sql, *where.values)
