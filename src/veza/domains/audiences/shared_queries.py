"""Find the tiers that admit a viewer, for other domains."""

from collections.abc import Sequence

from veza.core.ids import TierId, UserId
from veza.core.visibility import admitted
from veza.infra.postgres.database import Conn


async def list_admitting(conn: Conn, viewer_id: UserId, tier_ids: Sequence[TierId]) -> set[TierId]:
    """Return those of some tiers whose items a viewer may see as a member."""
    sql = f"""
        select t.id
          from tiers t
         where t.id = any($2) and {admitted("$1", "t.profile_id", "t.id")}
    """
    return set(await conn.column(TierId, sql, viewer_id, list(tier_ids)))
