"""A statement has what the ledger has of a month, for each party its own part."""

import csv
import io
from datetime import date

import pytest
from pypdf import PdfReader

from tests import make
from veza.core import clock
from veza.core.access import Role
from veza.core.money import write_amount
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
)
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.statements import rules, service
from veza.domains.marketplace.statements.models import Month

# As they are printed, in the order of the amounts that are deducted.
DEDUCTIONS = ("Fees of the platform", "Refunds", "Disputes", "Transfers, less reversals")
AMOUNTS = ("sales", "fees", "refunds", "disputes", "transfers")


@pytest.fixture
async def people(services):
    """A seller, and who has a part of what they sell: of each, all happened that can."""
    ann, ben = [await make.person(services, role) for role in (Role.CREATOR, Role.USER)]
    parts = {ann.member: 6667, ben.member: 3333}
    async with services.database.transaction() as tx:
        buyer, _ = await make.member_in(tx)
        paid_out = await make.paid_order(tx, buyer, (ann.member, 1000))
        await make.paid_out(tx, ann.member, paid_out)
        await make.paid_order(tx, buyer, (ann.member, 1001), (ann.member, 0), parts=parts)
        refunded = await make.paid_order(
            tx, buyer, (ann.member, 500), (ann.member, 300), parts=parts
        )
        await make.refunded_item(tx, refunded, 1)
        disputed = await make.paid_order(tx, buyer, (ann.member, 700), parts=parts)
        for event in (
            DisputeOpened("lost", 233),
            DisputeLost("lost"),
            DisputeOpened("won", 100),
            DisputeWon("won"),
            DisputeOpened("open", 77),
        ):
            await settlement.settle(tx, disputed, event)
        await make.paid_order(tx, buyer, (ann.member, 900), currency="USD", parts=parts)
    return ann, ben


async def get(client, person, **query):
    return await client.get(
        "marketplace/statements", params=query, headers=person.headers, timeout=60
    )


async def list_statements(client, person, **query):
    response = await get(client, person, **query)
    assert response.status_code == 200, response.text
    return response.json()["data"]["statements"]


def closing_of(statement):
    amounts = [statement[f"{name}_cents"] for name in AMOUNTS]
    return statement["opening_balance_cents"] + amounts[0] - sum(amounts[1:])


async def test_the_sums_are_those_of_the_ledger(client, services, people):
    for person in people:
        found = await list_statements(client, person)
        assert [(one["mode"], one["currency"]) for one in found] == [
            ("test", "EUR"),
            ("test", "USD"),
        ]
        async with services.database.read() as conn:
            balances = await ledger_queries.list_balances(conn, person.id)
        for one, balance in zip(found, balances, strict=True):
            assert one["closing_balance_cents"] == closing_of(one) == balance.earned_cents
            assert one["transfers_cents"] == balance.paid_cents
    ann, ben = [(await list_statements(client, person))[0] for person in people]
    # Prices and fees are whole: 1,000 of Ann alone, and what both share.
    assert ann["sales_cents"] + ben["sales_cents"] == 1000 + 1001 + 500 + 300 + 700
    assert ann["fees_cents"] + ben["fees_cents"] == 100 + 100 + 50 + 30 + 70
    assert ann["refunds_cents"] + ben["refunds_cents"] == 270
    assert ann["disputes_cents"] + ben["disputes_cents"] == 233 - 23 + 77 - 8
    assert (ann["transfers_cents"], ben["transfers_cents"]) == (900, 0)


async def test_a_month_begins_with_what_the_last_one_ended_with(services, people):
    ann, _ = people
    this = rules.read_month(None, clock.now().date())
    following = rules.read_month(f"{this.following:%Y-%m}", clock.now().date())
    async with services.database.read() as conn:
        [now, *_] = await service.list_statements(conn, ann.member, this)
        [later, *_] = await service.list_statements(conn, ann.member, following)
        before = await service.list_statements(
            conn, ann.member, Month(date(2026, 1, 1), this.first)
        )
    assert before == []
    assert later.opening_balance_cents == now.closing_balance_cents == later.closing_balance_cents
    assert all(getattr(later, f"{name}_cents") == 0 for name in AMOUNTS)


async def test_each_movement_is_a_row_of_csv(client, people, monkeypatch):
    # Several parts, of which the last is full.
    monkeypatch.setattr(service, "_ROWS_AT_ONCE", 3)
    for person in people:
        response = await get(client, person, format="csv")
        assert response.headers["content-type"].startswith("text/csv")
        assert "statement-" in response.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(response.text)))
        for statement in await list_statements(client, person):
            own = [row for row in rows if row["currency"] == statement["currency"]]
            assert [own[0]["kind"], own[-1]["kind"]] == ["opening_balance", "closing_balance"]
            assert int(own[-1]["balance_cents"]) == statement["closing_balance_cents"]
            moved = [int(row["amount_cents"]) for row in own if row["amount_cents"]]
            assert sum(moved) == statement["closing_balance_cents"]
            sales = [row for row in own if row["kind"] == "sale"]
            assert sum(int(row["price_cents"]) for row in sales) == statement["sales_cents"]
            # The refund was made without a row of its own.
            assert all(row["order_id"] for row in own[1:-1] if row["kind"] != "refund")
            balances = [int(row["balance_cents"]) for row in own]
            assert balances[1:-1] == [sum(moved[: n + 1]) for n in range(len(moved))]


async def test_what_is_printed_are_the_sums_of_the_ledger(client, services, people):
    for person in people:
        response = await get(client, person, format="pdf")
        pages = PdfReader(io.BytesIO(response.content)).pages
        printed = " ".join(" ".join(page.extract_text() for page in pages).split())
        async with services.database.read() as conn:
            balances = await ledger_queries.list_balances(conn, person.id)
        for one, balance in zip(await list_statements(client, person), balances, strict=True):
            lines = {
                "Opening balance": one["opening_balance_cents"],
                "Sales": one["sales_cents"],
                **{
                    label: -one[f"{name}_cents"]
                    for label, name in zip(DEDUCTIONS, AMOUNTS[1:], strict=True)
                },
                "Closing balance": balance.earned_cents,
            }
            for label, cents in lines.items():
                text = f"{label} {write_amount(cents, one['currency'])}"
                assert text in printed, (text, printed)


async def test_it_is_printed_and_nothing_too(client, services, people):
    for person in (people[0], await make.person(services)):
        response = await get(client, person, format="pdf")
        assert response.headers["content-type"] == "application/pdf"
        assert response.content.startswith(b"%PDF-")
    assert await list_statements(client, person) == []


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "26-01", "2026-1", "november"])
async def test_a_month_is_a_year_and_a_number(client, services, month):
    person = await make.person(services)
    response = await get(client, person, month=month)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_input")


def test_december_ends_with_the_year():
    assert rules.read_month("2026-12", date(2020, 1, 1)) == Month(
        date(2026, 12, 1), date(2027, 1, 1)
    )


async def test_the_tax_is_the_sellers_who_gave_all_parts_to_others(client, services):
    ann, ben = [await make.person(services, role) for role in (Role.CREATOR, Role.USER)]

    async def sell(parts, *, is_refunded=False):
        async with services.database.transaction() as tx:
            buyer, _ = await make.member_in(tx)
            order_id = await make.paid_order(tx, buyer, (ann.member, 1190), parts=parts)
            sql = """
                update order_items set tax_treatment = 'domestic', tax_rate = 19, tax_cents = 190
                 where order_id = $1 and price_cents > 0
            """
            await tx.run(sql, order_id)
            if is_refunded:
                await make.refunded_item(tx, order_id, 0)

    for is_refunded in (False, False, True):
        await sell({ben.member: 10_000}, is_refunded=is_refunded)
    [of_ann], [of_ben] = [await list_statements(client, each) for each in (ann, ben)]
    assert (of_ann["taxes_cents"], of_ben["taxes_cents"]) == (380, 0)
    assert [of_ann[f"{name}_cents"] for name in (*AMOUNTS, "closing_balance")] == [0] * 6
    rows = list(csv.DictReader(io.StringIO((await get(client, ann, format="csv")).text)))
    assert [row["kind"] for row in rows] == ["opening_balance", "closing_balance"]
    assert (await get(client, ann, format="pdf")).content.startswith(b"%PDF")
    # With an account it is the same row.
    await sell(None)
    [of_ann] = await list_statements(client, ann)
    assert (of_ann["taxes_cents"], of_ann["sales_cents"]) == (570, 1190)
    assert await list_statements(client, ann, month="2026-01") == []
