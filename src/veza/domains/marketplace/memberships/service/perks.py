"""The discounts of members for the products of profiles."""

from collections.abc import Collection
from fractions import Fraction

from veza.core.ids import UserId
from veza.domains.marketplace.memberships.queries import perks as queries
from veza.domains.marketplace.prices.models import MemberTerms
from veza.infra.postgres.database import Conn


async def list_member_terms(
    conn: Conn, member_id: UserId | None, seller_ids: Collection[UserId]
) -> list[MemberTerms]:
    """Return the terms by which a member buys from sellers now; none for a guest."""
    if member_id is None:
        return []
    found = await queries.list_discounts(conn, member_id, sorted(seller_ids))
    return [
        MemberTerms(each.id, each.name, each.profile_id, Fraction(each.percent_off, 100))
        for each in found
    ]
