"""Exports a member's profiles and roles; erasing leaves their pictures to `images`."""

from veza.core.ids import ProfileId, UserId
from veza.domains.profiles import rules
from veza.domains.profiles.models.invitations import PersonalProfiles
from veza.domains.profiles.queries import claims, invitations, members, merges, profiles
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = (
    *("profiles", "profile_members", "former_members", "profile_invitations", "profile_claims"),
)


async def export(conn: Conn, user_id: UserId) -> PersonalProfiles:
    """Return the profiles that a member has a role in, and their invitations to others.

    A page has no role but in itself.
    """
    found = await profiles.list_of_member(conn, user_id)
    received = await invitations.list_received(conn, user_id)
    return PersonalProfiles(
        [rules.show_own(each, each.role) for each in found],
        [rules.show_received(each) for each in received],
        await members.list_former_memberships(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's roles and profile, or a page with the roles of all of its members.

    The placeholders of a label become pages of those who ran them with it.
    """
    await claims.delete_of_address(tx, user_id)
    await claims.update_placeholders_left(tx, user_id)
    await invitations.delete_of_member(tx, user_id)
    await members.delete_members(tx, user_id)
    await profiles.delete_of_account(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move handles, roster entries and members of a page to another profile.

    The placeholders of a label become those of the other label, with its members.
    """
    await merges.update_handles(tx, user_id, into_id)
    await merges.update_entries(tx, user_id, into_id)
    await merges.insert_members(tx, user_id, into_id)
    for profile_id in await claims.list_placeholders(tx, user_id):
        await claims.update_placeholder(tx, profile_id, ProfileId(into_id))
        await members.delete_members(tx, UserId(profile_id))
        await claims.insert_label_members(tx, profile_id, ProfileId(into_id))
    await merges.insert_merged(tx, user_id, into_id)
