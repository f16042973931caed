"""Sellers and buyers see what was taken off a price, and why."""

from tests import make
from veza.domains.marketplace.invoices import rules as invoice_rules
from veza.domains.marketplace.invoices import service as invoices
from veza.domains.marketplace.orders.models.state import PaymentMade
from veza.domains.marketplace.orders.service import sales
from veza.domains.marketplace.receipts import queries as receipts
from veza.domains.marketplace.receipts import rules as receipt_rules
from veza.domains.marketplace.receipts import service as receipt_service
from veza.domains.platform.mail.models import FactList


async def test_sales_receipts_and_invoices_show_what_a_code_took_off(codes, shop):
    await codes.create()
    order = await codes.order()
    await codes.settle(order, PaymentMade(order.total_cents, order.currency))
    async with shop.services.database.transaction() as tx:
        page = await sales.list_sales(tx, shop.sellers[0].id, make.NO_LINKS, limit=1, cursor=None)
        receipt = await receipt_service.find_receipt(tx, order.id)
        lines = await receipts.list_lines(tx, order.id, most=10)
        issued = await invoices.issue_invoices(tx, order.id)
    [item] = page.orders[0].items
    assert (item.list_cents, item.price_cents, item.fee_cents) == (1200, 960, 96)
    assert [(each.label, each.amount_cents) for each in item.reductions] == [("SPRING", 240)]
    letter = receipt_rules.write_receipt(
        receipt, lines, host="veza.test", link="/", is_attached=True
    )
    [facts] = [block.facts for block in letter.blocks if isinstance(block, FactList)]
    assert [fact.value for fact in facts] == [
        "9.60 EUR (instead of 12.00 EUR: SPRING)",
        "5.00 EUR",
        "14.60 EUR",
    ]
    printed = [line for each in issued for line in invoice_rules.print_invoice(each).lines]
    assert sorted((line.amounts[-1], line.note) for line in printed) == [
        ("5.00", ""),
        ("9.60", "List price 12.00, reduced: SPRING"),
    ]
