"""Asks staff for another look at the texts of a profile, when their owner changes them."""

from veza.domains.auth.accounts.events import HiddenTextsChanged
from veza.domains.moderation.takedowns import queries
from veza.infra.postgres.database import Tx


async def note_texts_edit(tx: Tx, event: HiddenTextsChanged) -> None:
    """Note that the texts of a profile were edited, if they are taken down."""
    await queries.update_edited(tx, "profile", event.user_id)
