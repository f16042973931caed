"""Mails the links by which addresses confirm, and forgets those that don't."""

from msgspec import Struct, structs

from veza.core.languages import Language
from veza.core.people import API_PATH
from veza.domains.mailings.subscribers import queries, rules
from veza.domains.mailings.subscribers.models import (
    AskImported,
    SendConfirmation,
    StoredSubscription,
    SubscriptionSource,
    UnsubscribeLink,
)
from veza.domains.mailings.subscribers.service import SubscriberContext, sign_unsubscribe
from veza.domains.platform.mail.models import Letter
from veza.domains.platform.mail.rules.templates import fill_blocks, fill_subject, load_templates
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.platform.suppressions import service as suppressions
from veza.infra.jobs.queue import enqueue
from veza.infra.mail.bulk_mailer import BulkMailer, BulkSession
from veza.infra.mail.bulk_messages import BulkMail, SharedMail
from veza.infra.mail.delivery_tokens import DeliveryTokens
from veza.infra.mail.domain_rates import DomainRates
from veza.infra.mail.mailer import Mail
from veza.infra.postgres.database import Database

_PACKAGE = "veza.domains.mailings.subscribers"
_PURPOSE = "mail_subscription"
# Mails of one run, so that jobs of others have their turn.
_ASKED_AT_ONCE = 200
_REASONS = {
    Language.ENGLISH: "You get this mail once, because your address is to be confirmed.",
    Language.GERMAN: "Du bekommst diese Mail einmal, weil deine Adresse bestätigt werden soll.",
    Language.FRENCH: "Tu reçois ce message une seule fois, pour confirmer ton adresse.",
    Language.SPANISH: "Recibes este correo una sola vez, para confirmar tu dirección.",
}


class AskingContext(Struct, frozen=True):
    """The services that mails asking for a confirmation are written and sent with."""

    subscribers: SubscriberContext
    mailer: SiteMailer
    bulk: BulkMailer
    tokens: DeliveryTokens
    rates: DomainRates


async def send_confirmation(
    database: Database, context: AskingContext, job: SendConfirmation
) -> None:
    """Mail the link to an address that a person entered, unless it was confirmed meanwhile.

    Running twice sends the same mail twice, with the same link.
    """
    async with database.read() as conn:
        found = await queries.find_pending(conn, job.subscription_id)
    if found is None or found.source is not SubscriptionSource.FORM:
        return
    async with context.mailer.counting(_PURPOSE, found.email) as may_send:
        if not may_send:
            return
        await context.mailer.send_or_drop(_write(context, found), _PURPOSE)
    async with database.transaction(recorded=False) as tx:
        await queries.update_mailed(tx, found.id)


async def ask_imported(database: Database, context: AskingContext, _: AskImported) -> None:
    """Mail the links to imported addresses. Running twice sends no mail twice.

    One that was sent just before a crash is sent again, with the same Message-ID. Those that their
    domains may not get in this minute are asked in a later one.
    """
    async with database.read() as conn:
        found = await queries.list_not_asked(conn, limit=_ASKED_AT_ONCE)
    admitted = await context.rates.admit([each.email for each in found])
    async with context.bulk.session() as session:
        for place in admitted.places:
            await _ask(database, context, session, found[place])
    if len(found) == _ASKED_AT_ONCE and not admitted.wait_s:
        async with database.transaction(recorded=False) as tx:
            await enqueue(tx, AskImported(), key="ask-imported", also_while_running=True)


async def ask_waiting(database: Database) -> None:
    """Go on with addresses that wait, each minute."""
    async with database.read() as conn:
        waits = bool(await queries.list_not_asked(conn, limit=1))
    if waits:
        async with database.transaction(recorded=False) as tx:
            await enqueue(tx, AskImported(), key="ask-imported")


async def sweep_subscriptions(database: Database) -> None:
    """Forget addresses that were not confirmed in time."""
    async with database.transaction() as tx:
        await queries.end_expired(tx)


async def _ask(
    database: Database, context: AskingContext, session: BulkSession, found: StoredSubscription
) -> None:
    token = context.tokens.write(found.id, found.email)
    shared = SharedMail(_write(context, found), str(found.profile_id))
    refusal = await session.send(BulkMail(shared, found.email, str(found.id), token))
    async with database.transaction(recorded=False) as tx:
        await queries.update_mailed(tx, found.id)
        if refusal is not None:
            await suppressions.note_refusal(tx, found.email, refusal)


def _write(context: AskingContext, found: StoredSubscription) -> Mail:
    """Return the mail that asks an address, which the other link forgets without confirming."""
    text = rules.confirmation_text(found.id, found.expires_at)
    signature = context.subscribers.keys.sign(rules.CONFIRMING, text)
    token = rules.write_confirmation(found.id, signature)
    mailer = context.mailer
    link = f"{mailer.front_end}/mail/confirm#token={token}"
    template = load_templates(_PACKAGE, found.language)[found.source]
    values = {"sender": found.sender, "host": mailer.host}
    ends = sign_unsubscribe(context.subscribers, UnsubscribeLink(found.profile_id, False, found.id))
    letter = Letter(
        language=found.language,
        subject=fill_subject(template, values),
        blocks=fill_blocks(template, values, link),
        reason=_REASONS[found.language],
        unsubscribe_page=f"{mailer.front_end}/mail/unsubscribe#token={ends}",
    )
    mail = mailer.write(letter, found.email, owner=found.id)
    url = f"{mailer.own_url}{API_PATH}/subscribers/{ends}/unsubscribe"
    return structs.replace(mail, unsubscribe_url=url)
