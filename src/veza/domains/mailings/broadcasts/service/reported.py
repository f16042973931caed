"""Numbers of broadcasts change when a mail comes back, or somebody unsubscribes by it."""

from veza.core.ids import BroadcastRecipientId
from veza.domains.mailings.broadcasts.queries import recipients as queries
from veza.domains.platform.suppressions import service as suppressions
from veza.domains.platform.suppressions.events import MailReported
from veza.domains.platform.suppressions.models import MailEventType
from veza.infra.mail.delivery_tokens import DeliveryToken, DeliveryTokens
from veza.infra.postgres.database import Tx


async def note(tx: Tx, tokens: DeliveryTokens, event: MailReported) -> None:
    """Note a report about a recipient, and suppress their address if that was not known."""
    recipient_id = BroadcastRecipientId(event.delivery_id)
    found = await queries.find_reported(tx, recipient_id)
    if found is None or found.email is None:
        return
    if not tokens.is_of(DeliveryToken(event.delivery_id, event.signature), found.email):
        # Forged, or the address is another one by now.
        return
    if not event.is_noted:
        await suppressions.note_report(tx, found.email, event.kind, event.status)
    if event.kind is MailEventType.BOUNCE:
        await queries.update_bounced(tx, recipient_id)
