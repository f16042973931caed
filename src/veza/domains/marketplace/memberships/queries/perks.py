"""The discounts of members for the products of profiles."""

from collections.abc import Sequence

from veza.core.ids import UserId
from veza.domains.marketplace.memberships.models.perks import MemberDiscount
from veza.infra.postgres.database import Conn


async def list_discounts(
    conn: Conn, member_id: UserId, profile_ids: Sequence[UserId]
) -> list[MemberDiscount]:
    """Return what a member pays less for the products of these profiles, by profile."""
    sql = """
        select t.id, t.name, m.profile_id, t.percent_off
          from memberships m
          join tiers t on t.id = m.tier_id
         where m.member_id = $1 and m.profile_id = any($2) and m.access_until > now()
           and t.percent_off > 0
         order by m.profile_id
    """
    return await conn.all(MemberDiscount, sql, member_id, profile_ids)
