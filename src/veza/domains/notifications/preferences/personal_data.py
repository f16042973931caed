"""Exports and erases which kinds of notifications, pushes and mails are on."""

from veza.core.ids import UserId
from veza.domains.notifications.preferences import queries, rules
from veza.domains.notifications.preferences.models import ExportedPreferences, StoredPreferences
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("notification_preferences",)


async def export(conn: Conn, user_id: UserId) -> ExportedPreferences:
    """Return a member's notification preferences."""
    stored = await queries.find_preferences(conn, user_id) or StoredPreferences()
    not_mailed = [kind for kind in rules.KINDS if not rules.is_mailed(stored, kind)]
    return ExportedPreferences(
        received=rules.show_preferences(stored.switched_off),
        pushed=rules.show_preferences(stored.not_pushed),
        mailed=rules.show_preferences(not_mailed),
        digest=stored.digest,
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's notification preferences."""
    await queries.delete_preferences(tx, user_id)
