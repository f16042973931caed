"""Mails members about actions on them; what was lifted or undone has no open appeals."""

from veza.domains.auth.recovery import service as recovery
from veza.domains.moderation.appeals import rules
from veza.domains.moderation.appeals.queries import appeals
from veza.domains.moderation.reports.events import ModerationActionTaken
from veza.domains.moderation.reports.models import ModerationActionType
from veza.domains.profiles import shared_queries as profile_queries
from veza.infra.postgres.database import Tx


async def send_sanction_mail(tx: Tx, event: ModerationActionTaken) -> None:
    """Send a member a mail about a moderation action. A mail that is queued is not queued again.

    What concerns a page is sent to its owners.
    """
    sanction_id = await appeals.find_sanction_id(tx, event.action_id)
    if sanction_id is not None:
        purpose = rules.MAILS[event.action]
        await recovery.enqueue_sanction_mail(tx, purpose, event.user_id, sanction_id)
        page_id = event.user_id
        for owner in await profile_queries.list_owners(tx, page_id):
            await recovery.enqueue_sanction_mail(tx, purpose, owner, sanction_id, page_id=page_id)


async def close_appeals(tx: Tx, event: ModerationActionTaken) -> None:
    """Close the appeals against what was lifted or undone. Running twice does no harm."""
    if event.action is ModerationActionType.LIFT_SUSPENSION:
        await appeals.reverse_pending(tx, event.action_id)
    if event.action is ModerationActionType.RESTORE:
        await appeals.reverse_pending_of_item(tx, event.action_id)
