"""Statements on handles and owners of profiles, which other domains call."""

from veza.core.ids import UserId
from veza.core.normalize import normalize_identifier
from veza.core.visibility import active
from veza.infra.postgres.database import Conn


async def find_handle_after(conn: Conn, former: str) -> str | None:
    """Return the handle of the profile that had another one less than a year ago."""
    sql = f"""
        select p.handle
          from former_handles f
          join profiles p on p.id = f.profile_id
          join users u on u.id = p.id
         where f.handle_key = $1 and f.until > now() and {active("u")}
    """
    return await conn.value(str, sql, normalize_identifier(former))


async def is_mining_reserved(conn: Conn, profile_id: UserId) -> bool:
    """Return whether a profile reserves text and data mining of what it publishes."""
    return (
        await conn.value(bool, "select tdm_reserved from profiles where id = $1", profile_id)
        or False
    )


async def find_avatar_alt(conn: Conn, profile_id: UserId) -> str:
    """Return what the picture of a profile shows; an empty text is its name."""
    found = await conn.value(str, "select avatar_alt from profiles where id = $1", profile_id)
    return found or ""


async def list_owners(conn: Conn, profile_id: UserId) -> list[UserId]:
    """Return the owners of a page who aren't suspended: to whom what concerns it is told."""
    sql = f"""
        select m.user_id
          from profile_members m
          join users u on u.id = m.user_id
         where m.profile_id = $1 and m.role = 'owner' and {active("u")}
         order by m.user_id
         limit 100
    """
    return await conn.column(UserId, sql, profile_id)
