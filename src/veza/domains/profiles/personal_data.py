"""Exports a member's profiles and roles; erasing leaves their pictures to `images`."""

from veza.core.ids import UserId
from veza.domains.profiles import rules
from veza.domains.profiles.models import OwnProfile
from veza.domains.profiles.queries import members, profiles
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("profiles", "profile_members")


async def export(conn: Conn, user_id: UserId) -> list[OwnProfile]:
    """Return the profiles that a member has a role in. A page has none but its own."""
    found = await profiles.list_of_member(conn, user_id)
    return [rules.show_own(each, each.role) for each in found]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's roles and profile, or a page with the roles of all of its members."""
    await members.delete_members(tx, user_id)
    await profiles.delete_of_account(tx, user_id)
