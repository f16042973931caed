"""Exports appeals and notes about a member; notes by them stay, anonymous."""

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.moderation.appeals.models import PersonalAppeal, PersonalNote
from veza.domains.moderation.appeals.queries import appeals, notes
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("member_notes", "appeals")


class PersonalCases(Struct, frozen=True):
    """The appeals of a member, and the notes of staff about them."""

    appeals: list[PersonalAppeal]
    notes: list[PersonalNote]


async def export(conn: Conn, user_id: UserId) -> PersonalCases:
    """Return the appeals of a member, and the text of notes about them.

    The law gives them the notes (article 15 of the GDPR), but not who wrote them. Notes that they
    wrote as staff are about others, and excluded.
    """
    return PersonalCases(
        await appeals.list_personal_appeals(conn, user_id),
        await notes.list_personal_notes(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase the appeals of a member and the notes about them. Notes by them stay without id."""
    await appeals.delete_appeals_of(tx, user_id)
    await notes.delete_notes_about(tx, user_id)
    await notes.anonymize_notes_by(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move the notes about a page to another profile; appeals follow their actions."""
    await notes.update_subject(tx, user_id, into_id)
