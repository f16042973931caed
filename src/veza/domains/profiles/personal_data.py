"""Exports a member's profiles; erasing deletes them, while their pictures are left to `images`."""

from veza.core.ids import UserId
from veza.domains.profiles import queries, rules
from veza.domains.profiles.models import Profile
from veza.infra.postgres.database import Conn

# Tables that contain a member's id, directly or through another table.
TABLES = ("profiles",)


async def export(conn: Conn, user_id: UserId) -> list[Profile]:
    """Return the profiles of a member as everybody sees them."""
    return [rules.show_profile(each) for each in await queries.list_of_account(conn, user_id)]


erase = queries.delete_of_account
