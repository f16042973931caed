"""Receipts: to any address that ordered, with the invoice, and again on request."""

from collections.abc import AsyncIterator

import pytest

from tests import make
from tests.domains.auth.recovery.mails import html_of, sending_through, text_of
from tests.infra.smtp import SmtpServer
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import OrderId, new_id
from veza.domains.marketplace.receipts import jobs, rules
from veza.domains.marketplace.receipts.models import SendReceipt
from veza.domains.platform.mail.service import SiteMailer


@pytest.fixture
def server() -> SmtpServer:
    return SmtpServer()


@pytest.fixture
async def mailer(services: Services, server: SmtpServer) -> AsyncIterator[SiteMailer]:
    async with sending_through(services, server) as found:
        yield found


@pytest.fixture
async def order_id(services: Services, buyer: make.Person) -> OrderId:
    seller = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        made = await make.paid_order(tx, buyer.member, (seller.member, 1250), (seller.member, 0))
        await make.unheard(tx, made)
    return made


async def _send(services: Services, mailer: SiteMailer, job: SendReceipt) -> None:
    await jobs.send_receipt(services.database, services.invoice_documents, mailer, job)


async def test_a_receipt_has_what_was_bought_its_sum_and_the_invoice(
    services, mailer, server, buyer, order_id
):
    async with services.database.transaction() as tx:
        await tx.run("update users set language = 'fr' where id = $1", buyer.id)
        sql = "update order_items set title = $2 where order_id = $1 and price_cents > 0"
        await tx.run(sql, order_id, "<b>Mer</b>\r\nBcc: eve@example.com")
    await _send(services, mailer, SendReceipt(order_id))
    await _send(services, mailer, SendReceipt(order_id))

    first, again = (received.message for received in server.received)
    assert first["To"] == f"{buyer.username}@example.com", "It need not be verified."
    assert first["Subject"].startswith("Ta commande")
    assert (first["Bcc"], first["List-Unsubscribe"]) == (None, None)
    text = text_of(first)
    assert "<b>Mer</b> Bcc: eve@example.com · " in text
    assert "Somme: 12.50 EUR" in text
    assert f"{mailer.front_end}/orders/{order_id}" in text
    assert "&lt;b&gt;Mer&lt;/b&gt;" in html_of(first)
    [pdf] = first.iter_attachments()
    assert pdf.get_content().startswith(b"%PDF")
    assert pdf.get_filename() == f"invoice-{order_id}.pdf"
    assert first["Message-ID"] == again["Message-ID"], "A mailbox shows a repeated one once."


async def test_a_large_invoice_is_only_linked(
    services, mailer, server, buyer, order_id, monkeypatch
):
    monkeypatch.setattr(rules, "MAX_ATTACHED_BYTES", 100)
    await _send(services, mailer, SendReceipt(order_id))

    [received] = server.received
    assert list(received.message.iter_attachments()) == []
    assert "you download the invoice" in text_of(received.message)


async def test_buyers_get_their_receipts_again_but_not_without_end(
    client, services, buyer, order_id
):
    path = f"marketplace/orders/{order_id}/receipt"
    stranger = await make.person(services)
    assert (await client.post(path, headers=stranger.headers)).status_code == 404
    statuses = []
    for _ in range(rules.MAX_REQUESTS + 1):
        answer = await client.post(path, headers=buyer.headers)
        statuses.append(answer.status_code)
    assert statuses == [202] * rules.MAX_REQUESTS + [429]
    async with services.database.read() as conn:
        sql = "select count(*) from jobs where key = $1"
        assert await conn.value(int, sql, f"receipt:{order_id}") == 1, "One that waits is enough."


async def test_an_address_that_nobody_confirmed_is_not_flooded(
    services, mailer, server, buyer, order_id, monkeypatch
):
    monkeypatch.setattr(rules, "MAX_TO_UNVERIFIED", 2)
    for _ in range(3):
        await _send(services, mailer, SendReceipt(order_id, new_id()))
    assert len({received.message["Message-ID"] for received in server.received}) == 2
    async with services.database.transaction() as tx:
        await tx.run("update users set email_verified_at = now() where id = $1", buyer.id)
    await _send(services, mailer, SendReceipt(order_id, new_id()))
    assert len(server.received) == 3


async def test_there_is_no_receipt_of_what_bought_nothing(services, mailer, server, order_id):
    async with services.database.transaction() as tx:
        await tx.run("update orders set buyer_id = null where id = $1", order_id)
    await _send(services, mailer, SendReceipt(order_id))
    await _send(services, mailer, SendReceipt(OrderId(new_id())))
    assert server.received == []


async def test_a_receipt_names_a_tip_in_the_language_of_its_giver(
    services, mailer, server, buyer, seller
):
    async with services.database.transaction() as tx:
        await tx.run("update users set language = 'fr' where id = $1", buyer.id)
        order_id = await make.paid_tip(tx, services, buyer.member, seller.member)
        await make.unheard(tx, order_id)
    await _send(services, mailer, SendReceipt(order_id))
    assert f"Pourboire pour {seller.username}" in text_of(server.received[-1].message)
