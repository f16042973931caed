"""Accept or decline the newcomers who wait."""

from veza.core.errors import required
from veza.core.ids import UserId
from veza.core.pages import Cursor, cut
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.auth.recovery import service as recovery
from veza.domains.auth.recovery.models import MailPurpose
from veza.domains.auth.sign_up import queries
from veza.domains.auth.sign_up.errors import SignUpRequestNotFound
from veza.domains.auth.sign_up.events import SignUpDeclined
from veza.domains.auth.sign_up.models import SignUpDecision, SignUpRequestPage
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def list_requests(conn: Conn, *, limit: int, cursor: Cursor | None) -> SignUpRequestPage:
    """Return a page of the newcomers who wait, the longest waiting first."""
    found = await queries.list_requests(conn, limit, cursor)
    shown, following = cut(found, limit, lambda each: Cursor(each.created_at, each.user_id))
    return SignUpRequestPage(shown, following, following is not None)


async def accept(tx: Tx, user_id: UserId) -> SignUpDecision:
    """Approve a newcomer, and tell them by mail. Raises SignUpRequestNotFound."""
    await queries.delete_request(tx, user_id)
    # Of two decisions at once, only the first finds an account that waits.
    email = required(await account_queries.update_approved(tx, user_id), SignUpRequestNotFound)
    await recovery.enqueue_mail(tx, MailPurpose.SIGN_UP_ACCEPTED, to=email, user_id=user_id)
    return SignUpDecision(user_id, accepted=True)


async def decline(tx: Tx, user_id: UserId) -> SignUpDecision:
    """Decline a newcomer, and tell them by mail; their account will be erased.

    Raises SignUpRequestNotFound.
    """
    await queries.delete_request(tx, user_id)
    email = required(await account_queries.update_declined(tx, user_id), SignUpRequestNotFound)
    await recovery.enqueue_mail(tx, MailPurpose.SIGN_UP_DECLINED, to=email, user_id=user_id)
    await emit(tx, SignUpDeclined(user_id))
    return SignUpDecision(user_id, accepted=False)
