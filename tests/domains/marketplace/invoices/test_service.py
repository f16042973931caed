"""Numbers without a gap, whatever happens at once; what is issued stays; and made once."""

import asyncio
from collections import defaultdict
from decimal import Decimal

import asyncpg
import pytest
from msgspec import structs

from tests import make
from tests.infra.waiting import until
from veza.core.ids import OrderId, OrderItemId, RefundId, new_id
from veza.domains.marketplace.invoices import personal_data, queries, service
from veza.domains.marketplace.invoices.errors import CreditNoteNotFound
from veza.domains.marketplace.invoices.models import InvoiceKind, InvoiceParty
from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.orders.models.state import (
    PaymentExpired,
    PaymentMade,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.models import SellerProfileChange
from veza.infra.postgres.database import ConstraintViolation
from veza.infra.storage.deletion import DeleteFolders, delete_folders
from veza.infra.typesetting.typesetter import Typesetter


async def issue(services, order_id):
    async with services.database.transaction() as tx:
        await make.unheard(tx, order_id)
        return await service.issue_invoices(tx, order_id)


@pytest.mark.long
async def test_fifty_concurrent_invoices_have_consecutive_numbers(services, ben, cat, buy):
    """Of two sellers, in orders that name them either way round."""
    pairs = [((ben, 1000), (cat, 500)), ((cat, 500), (ben, 1000))]
    order_ids = [await buy(*pairs[n % 2]) for n in range(50)]

    issued = await asyncio.gather(*(issue(services, order_id) for order_id in order_ids))

    by_seller = defaultdict(list)
    for invoice in (one for invoices in issued for one in invoices):
        by_seller[invoice.seller_subject].append((invoice.number, invoice.issued_at))
    for given in by_seller.values():
        assert [number for number, _ in sorted(given)] == list(range(1, 51))
        assert sorted(given) == sorted(given, key=lambda one: one[1]), "Later numbers are later."
    assert len(by_seller) == 2


async def test_concurrent_requests_issue_the_same_invoices(services, ben, buy):
    order_id = await buy((ben, 1000))

    issued = await asyncio.gather(*(issue(services, order_id) for _ in range(20)))

    [[invoice]] = {tuple(one.id for one in invoices) for invoices in issued}
    assert all(invoices[0].number == 1 for invoices in issued)
    assert (await issue(services, await buy((ben, 1000))))[0].number == 2
    assert invoice


async def test_a_number_of_a_rolled_back_transaction_is_used_again(services, ben, buy):
    order_id = await buy((ben, 1000))

    async def fail():
        async with services.database.transaction() as tx:
            [lost] = await service.issue_invoices(tx, order_id)
            assert lost.number == 1
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await fail()

    assert (await issue(services, order_id))[0].number == 1


@pytest.mark.parametrize(
    ("later", "refund_id", "constraint"),
    [
        (0, new_id, "invoices_seller_subject_year_number_key"),
        (1, lambda: None, "invoices_order_id_refund_id_seller_subject_key"),
    ],
    ids=["number", "order"],
)
async def test_the_database_rejects_duplicates(tx, later, refund_id, constraint):
    (ann, _), (ben, _) = await make.member_in(tx), await make.member_in(tx)
    [invoice] = await service.issue_invoices(tx, await make.paid_order(tx, ann, (ben, 1000)))
    other = refund_id()
    copy = structs.replace(
        invoice,
        id=new_id(),
        number=invoice.number + later,
        refund_id=other,
        kind=InvoiceKind.CREDIT_NOTE if other else InvoiceKind.INVOICE,
    )

    async def insert():
        async with tx.savepoint():
            await queries.insert_invoice(tx, copy)

    with pytest.raises(ConstraintViolation) as refused:
        await insert()

    assert refused.value.constraint == constraint


@pytest.mark.parametrize(
    "change",
    [
        "delete from invoices",
        "delete from invoice_counters",
        "update invoices set number = number + 1",
        "update invoices set issued_at = now()",
        "update invoices set data = jsonb_set(data, '{lines}', '[]')",
        "update invoices set data = data - 'vat_rate'",
        "update invoice_counters set last_number = last_number + 2",
        "update invoice_counters set last_number = last_number - 1",
        "update invoice_counters set year = year + 1",
    ],
)
async def test_the_database_rejects_changes_of_issued_invoices(tx, change):
    (ann, _), (ben, _) = await make.member_in(tx), await make.member_in(tx)
    await service.issue_invoices(tx, await make.paid_order(tx, ann, (ben, 1000)))

    async def run():
        async with tx.savepoint():
            await tx.run(change)

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed or deleted"):
        await run()


async def test_each_seller_invoices_their_own_lines(services, ann, ben, cat, buy):
    order_id = await buy((ben, 1000), (cat, 500), (ben, 250))

    invoices = await issue(services, order_id)

    lines = {one.data.seller.name: one.data.lines for one in invoices}
    assert [line.price_cents for line in lines[ben.username]] == [1000, 250]
    assert [line.price_cents for line in lines[cat.username]] == [500]
    assert {one.data.buyer.name for one in invoices} == {"Ann Example"}


async def test_an_invoice_keeps_the_sellers_name_at_the_time_of_issue(services, ann, ben, cat, buy):
    said = SellerProfileChange("Lumière SARL", "12 rue des Martyrs", "FR", "FR123", vat_rate=0.055)
    order_id = await buy((ben, 1000))
    async with services.database.transaction() as tx:
        await sellers.update_profile(tx, ben.member, said)
        [invoice] = await service.issue_invoices(tx, order_id)
        await sellers.update_profile(tx, ben.member, SellerProfileChange("Other", vat_rate=0.2))
        refund_id = await make.refunded_item(tx, order_id)
        [note] = await service.issue_credit_notes(tx, order_id, refund_id)

    assert invoice.data.seller == InvoiceParty("Lumière SARL", "12 rue des Martyrs", "FR", "FR123")
    assert invoice.data.vat_rate == Decimal("0.055")
    assert [line.vat_cents for line in invoice.data.lines] == [52]
    assert note.data.seller == invoice.data.seller
    assert note.data.lines == invoice.data.lines


async def test_an_erased_seller_is_not_named(tx):
    (ann, _), (ben, _) = await make.member_in(tx), await make.member_in(tx)
    order_id = await make.paid_order(tx, ann, (ben, 1000))
    await tx.run("update order_items set seller_id = null where order_id = $1", order_id)

    [invoice] = await service.issue_invoices(tx, order_id)

    assert invoice.data.seller == InvoiceParty("Not named")
    assert invoice.number == 1


async def test_invoices_and_credit_notes_share_one_sequence_of_numbers(services, ben, cat, buy):
    order_id = await buy((ben, 1000), (cat, 500), (ben, 250))
    async with services.database.transaction() as tx:
        refund_id = RefundId(new_id())
        sql = "select id from order_items where order_id = $1 and position > 1"
        item_ids = await tx.column(OrderItemId, sql, order_id)
        for fact in (RefundBegun(refund_id, item_ids), RefundMade(refund_id)):
            assert (await settlement.settle(tx, order_id, fact)).has_changed
        notes = await service.issue_credit_notes(tx, order_id, refund_id)
        again = await service.issue_credit_notes(tx, order_id, refund_id)

    assert again == notes
    lines = {one.data.seller.name: one.data.lines for one in notes}
    assert {name: [line.price_cents for line in each] for name, each in lines.items()} == {
        ben.username: [250],
        cat.username: [500],
    }
    assert [(one.kind, one.number) for one in notes] == [(InvoiceKind.CREDIT_NOTE, 2)] * 2
    assert all(one.data.credited.number.endswith("-000001") for one in notes)


async def test_an_unfinished_refund_has_no_credit_note(services, ben, buy):
    order_id = await buy((ben, 1000))

    async with services.database.transaction() as tx:
        with pytest.raises(CreditNoteNotFound):
            await service.issue_credit_notes(tx, order_id, RefundId(new_id()))


async def test_an_order_without_a_sale_has_no_invoice(tx):
    (ann, _), (ben, _) = await make.member_in(tx), await make.member_in(tx)
    pending = await make.order(tx, ann, (ben, 1000))
    late = await make.order(tx, ann, (ben, 1000))
    await settlement.settle(tx, late, PaymentExpired())
    await settlement.settle(tx, late, PaymentMade(1000, "EUR"))

    for order_id in (pending, late):
        with pytest.raises(OrderNotPaid):
            await service.issue_invoices(tx, order_id)
    with pytest.raises(OrderNotFound):
        await service.issue_invoices(tx, OrderId(new_id()))


@pytest.mark.long
async def test_concurrent_downloads_get_the_same_bytes(services, ben, buy):
    order_id = await buy((ben, 1000))

    made = await asyncio.gather(
        *(
            service.open_document(services.database, services.invoice_documents, order_id)
            for _ in range(8)
        )
    )

    assert len(set(made)) == 1
    assert made[0].startswith(b"%PDF-")
    keys = await services.storage.list_keys(f"invoices/{order_id}")
    assert keys == [f"invoices/{order_id}/invoice.pdf"]


@pytest.mark.long
async def test_the_worker_creates_documents(services, ben, buy, work):
    order_id = await buy((ben, 1000), (ben, 500))
    async with services.database.transaction() as tx:
        refund_id = await make.refunded_item(tx, order_id)
    await work()

    keys = await services.storage.list_keys(f"invoices/{order_id}")
    assert sorted(keys) == sorted(
        f"invoices/{order_id}/{name}.pdf" for name in (refund_id, "invoice")
    )


async def test_an_erased_buyer_is_removed_from_all_documents(services, ann, ben, buy, work):
    order_id = await buy((ben, 1000))
    await work()
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, ann.id)
        [invoice] = await queries.list_invoices(tx, order_id)
    await work()

    assert invoice.data.buyer.name == "Erased"
    assert invoice.data.buyer.address is None
    assert invoice.data.lines[0].price_cents == 1000
    assert await services.storage.list_keys(f"invoices/{order_id}") == []


async def test_a_buyer_erased_during_creation_is_removed_from_the_document(services, ann, ben, buy):
    order_id = await buy((ben, 1000))
    full = Typesetter(services.invoice_documents.typesetter.folder, asyncio.Semaphore(0))
    archive = InvoiceDocuments(services.storage, full)
    making = asyncio.create_task(service.open_document(services.database, archive, order_id))

    async def is_issued():
        async with services.database.read() as conn:
            return await queries.list_invoices(conn, order_id)

    await until(is_issued)
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, ann.id)
    await delete_folders(services.storage, DeleteFolders([f"invoices/{order_id}"]))
    full.places.release()

    assert (await making).startswith(b"%PDF-")
    assert await services.storage.list_keys(f"invoices/{order_id}") == []
