"""Exports links sent to a member; erasing deletes queued mails and stored copies."""

from veza.core.ids import UserId
from veza.domains.auth.accounts.events import EmailChanged, PasswordChanged, UserRegistered
from veza.domains.auth.recovery import queries
from veza.domains.auth.recovery.models import DeleteMails, SendMail
from veza.infra.jobs import outbox, queue
from veza.infra.postgres.database import Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("email_tokens",)

_EVENTS_WITH_ADDRESS = (UserRegistered, EmailChanged, PasswordChanged)

export = queries.list_tokens


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's tokens, queued mails, and stored copies of mails.

    Mails may have gone to former addresses, so copies, jobs and events are found by the member's
    id. Only password resets are queued by address alone.
    """
    await queries.delete_all_tokens(tx, user_id)
    contact = await queries.find_contact(tx, user_id)
    await queue.delete_jobs(tx, SendMail, "user_id", str(user_id))
    if contact is not None:
        await queue.delete_jobs(tx, SendMail, "to", contact.email)
    await outbox.delete_failed(tx, _EVENTS_WITH_ADDRESS, "user_id", str(user_id))
    await queue.enqueue(tx, DeleteMails(user_id))
