"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.auth.accounts.events import EmailChanged, PasswordChanged, UserRegistered
from veza.domains.auth.recovery import queries
from veza.domains.auth.recovery.models import ForgetMails, SendMail, SentLink
from veza.infra.jobs import outbox, queue
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("mail_tokens",)

_EVENTS_WITH_ADDRESS = (UserRegistered, EmailChanged, PasswordChanged)


async def export(conn: Conn, user_id: UserId) -> list[SentLink]:
    """Hand out which links were sent and still work; never the links themselves."""
    return await queries.list_links(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Let no link work any more, and delete the mails to a member: those kept and those queued.

    Mails may have gone to former addresses: copies, jobs and events are found by the member's id.
    Only a request for a new password names nothing but an address.
    """
    await queries.delete_all_links_of(tx, user_id)
    contact = await queries.find_contact(tx, user_id)
    await queue.delete_jobs(tx, SendMail, "user_id", str(user_id))
    if contact is not None:
        await queue.delete_jobs(tx, SendMail, "to", contact.email)
    await outbox.delete_failed(tx, _EVENTS_WITH_ADDRESS, "user_id", str(user_id))
    await queue.enqueue(tx, ForgetMails(user_id))
