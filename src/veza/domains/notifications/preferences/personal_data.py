"""Exports and erases which kinds of notifications and pushes are on."""

from veza.core.ids import UserId
from veza.domains.notifications.preferences import queries, rules
from veza.domains.notifications.preferences.models import ExportedPreferences
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("notification_preferences",)


async def export(conn: Conn, user_id: UserId) -> ExportedPreferences:
    """Return a member's notification preferences."""
    return ExportedPreferences(
        rules.show_preferences(await queries.find_switched_off(conn, user_id)),
        rules.show_preferences(await queries.find_switched_off(conn, user_id, "not_pushed")),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's notification preferences."""
    await queries.delete_preferences(tx, user_id)
