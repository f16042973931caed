"""Statements on checks of the links of profiles."""

from collections.abc import Sequence
from datetime import datetime

from veza.core.ids import ProfileId
from veza.domains.profiles.models.links import LinkCheck
from veza.infra.postgres.database import Conn, Tx


async def list_former_handles(conn: Conn, profile_id: ProfileId) -> list[str]:
    """Return the handles that still lead to a profile, in normal form."""
    sql = """
        select handle_key
          from former_handles
         where profile_id = $1 and until > now()
         order by until desc
         limit 100
    """
    return await conn.column(str, sql, profile_id)


async def update_checks(
    tx: Tx, profile_id: ProfileId, checks: Sequence[LinkCheck], due_from: datetime | None
) -> None:
    """Store the last checks of a profile's links; without a `due_from` none follows by itself."""
    sql = "update profiles set link_checks = $2, links_checked_at = $3 where id = $1"
    await tx.run(sql, profile_id, checks, due_from)


async def update_kept_checks(tx: Tx, profile_id: ProfileId, checks: Sequence[LinkCheck]) -> None:
    await tx.run("update profiles set link_checks = $2 where id = $1", profile_id, checks)


async def lock_due(tx: Tx, *, limit: int) -> list[ProfileId]:
    """Return the profiles whose verified links were not checked for longest, for a week or more.

    Those that somebody changes at the moment come later.
    """
    sql = f"""
        select id
          from profiles
         where links_checked_at < now() - interval '7 days'
         order by links_checked_at
         limit {limit:d}
           for no key update skip locked
    """
    return await tx.column(ProfileId, sql)


async def update_due(tx: Tx, ids: Sequence[ProfileId]) -> None:
    """Note that profiles have their turn, whatever becomes of the check."""
    await tx.run("update profiles set links_checked_at = now() where id = any($1)", ids)
