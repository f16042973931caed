"""Mails gifts when they are due, takes back what was paid back, and forgets old ones."""

from datetime import timedelta

from veza.domains.marketplace.gifts import service
from veza.domains.marketplace.gifts.models import SendGift
from veza.domains.marketplace.gifts.service import GiftDesk
from veza.domains.marketplace.orders.events import OrderDisputed, OrderPaid, OrderRefunded
from veza.domains.marketplace.orders.models.gifts import MailFailure
from veza.domains.marketplace.orders.service import gift_lines
from veza.infra.mail.mailer import MailRefused
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx

# A gift to an address that got several in this hour waits.
_WAIT = timedelta(hours=1)


async def enqueue_gifts(tx: Tx, event: OrderPaid) -> None:
    """Enqueue the mails of the gifts of an order that are to be sent at once."""
    for item_id in await gift_lines.list_due(tx, event.order_id):
        await service.enqueue_mail(tx, item_id)


async def take_back_gifts(tx: Tx, event: OrderRefunded | OrderDisputed) -> None:
    """Revoke what recipients got by gifts whose payment was returned. Running twice is safe."""
    await gift_lines.take_back(tx, event.order_id)


async def send_due_gifts(database: Database) -> None:
    """Enqueue the mails of gifts whose date has come, or that a crash has left over."""

    async def enqueue_some(tx: Tx) -> int:
        due = await gift_lines.claim_due(tx)
        for item_id in due:
            await service.enqueue_mail(tx, item_id)
        return len(due)

    await run_in_batches(database, enqueue_some)


async def forget_old_gifts(database: Database) -> None:
    """Forget addresses and words of gifts that were redeemed three months ago, or never paid."""
    await run_in_batches(database, gift_lines.forget_old)


async def send_gift(database: Database, desk: GiftDesk, job: SendGift) -> None:
    """Mail the code of a gift to its recipient.

    A process that is killed after the mail server's answer sends it again, with the same
    Message-ID. A gift that is redeemed, returned or was mailed is not mailed.
    """
    prepared = await database.transact(
        lambda tx: service.prepare_mail(tx, desk, job.item_id), recorded=False
    )
    if prepared is None:
        return
    failure = None
    async with desk.mailer.counting("gift", prepared.mail.to) as may_send:
        if may_send:
            try:
                await desk.mailer.send(prepared.mail)
            except MailRefused:
                failure = MailFailure.REFUSED
    async with database.transaction(recorded=False) as tx:
        if may_send:
            await gift_lines.note_mailed(tx, job.item_id, prepared.code_hash, failure)
        else:
            await gift_lines.put_off(tx, job.item_id, _WAIT)
