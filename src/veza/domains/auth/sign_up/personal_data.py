"""Exports and erases a newcomer's message, invitations, and by whom they were invited."""

from veza.core.ids import UserId
from veza.domains.auth.sign_up import queries
from veza.domains.auth.sign_up.models import SignUpData
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("sign_up_requests", "invitations", "invited_members")


async def export(conn: Conn, user_id: UserId) -> SignUpData:
    """Return the message of a member, their invitations, and who came by them."""
    return SignUpData(
        await queries.find_message(conn, user_id),
        await queries.find_inviter(conn, user_id),
        await queries.list_invitations_for_export(conn, user_id),
        await queries.list_invited_for_export(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the message and the invitations of a member, and by whom they were invited.

    Those whom they invited stay members.
    """
    await queries.delete_request(tx, user_id)
    await queries.delete_invitations_of(tx, user_id)
    await queries.delete_invited(tx, user_id)
    await queries.anonymize_invited(tx, user_id)
