"""What sellers declare by quarter, and the site by year, from lines that were sold and refunded."""

import csv
import io
from datetime import date
from uuid import UUID

import pytest

from tests import make
from veza.core import clock
from veza.core.access import Role
from veza.core.errors import Invalid
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.sellers import personal_data as sellers_personal_data
from veza.domains.marketplace.tax_reports import personal_data, queries, rules, service
from veza.domains.marketplace.tax_reports.models import Dac7Query, SellerKind, SellerTaxDetails

PERSON = {
    "kind": "person",
    "tax_id": " 12 345 ",
    "tax_id_country": "DE",
    "birth_date": "1990-02-28",
    "registration_number": None,
}
# Of each order: when it was paid, its lines (price, country, rate, tax), and when one is refunded.
ORDERS = [
    ("2026-01-01", [(11900, "DE", "19", 1900), (11900, "DE", "19", 1900)], {}),
    ("2026-03-31", [(12000, "FR", "20", 2000), (500, None, None, 0)], {0: "2026-04-01"}),
    ("2026-02-10", [(2380, "DE", "19", 380)], {0: "2026-03-31"}),
    ("2026-04-01", [(10550, "FR", "5.5", 550)], {}),
    ("2025-12-31", [(1200, "FR", "20", 200)], {0: "2026-01-15"}),
]


async def sell(tx, seller, buyer, day, lines, refunded, *, parts=None, places=()):
    """Have lines be paid and refunded on days, at the first or the last moment of them."""
    sold = [(seller.member, price) for price, *_ in lines]
    order_id = await make.paid_order(tx, buyer, *sold, parts=parts)
    await tx.run("update orders set paid_at = $2::text::timestamptz where id = $1", order_id, day)
    for place, (_, country, rate, tax) in enumerate(lines):
        if country is not None:
            sql = """
                update order_items
                   set tax_treatment = 'destination', tax_country = $3,
                       tax_rate = $4::text::numeric, tax_cents = $5
                 where order_id = $1 and position = $2
            """
            first = await tx.value(
                int, "select min(position) from order_items where order_id = $1", order_id
            )
            assert await tx.run(sql, order_id, first + place, country, rate, tax) == 1
        if place in refunded:
            refund_id = await make.refunded_item(tx, order_id, place)
            sql = "update order_items set refunded_at = $2::text::timestamptz where refund_id = $1"
            await tx.run(sql, refund_id, refunded[place])
    for kind, country in places:
        await tx.run("insert into order_places values ($1, $2, $3)", order_id, kind, country)
    return order_id


@pytest.fixture
async def seller(services):
    ann = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        buyer, _ = await make.member_in(tx)
        for day, lines, refunded in ORDERS:
            await sell(tx, ann, buyer, day, lines, refunded)
        places = [("declared", "SE"), ("network", "SE"), ("payment", "DK")]
        await sell(tx, ann, buyer, "2026-04-02", [(1250, "SE", "25", 250)], {}, places=places)
        await sell(tx, ann, buyer, "2026-04-02", [(1250, "SE", "25", 250)], {}, places=places[1:])
    return ann


async def read_csv(client, person, path, **query):
    response = await client.get(path, params=query, headers=person.headers, timeout=60)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(response.text)))


async def test_a_quarter_has_its_sales_and_corrections_of_earlier_ones(client, seller):
    header, *first = await read_csv(client, seller, "sell/tax-reports/oss", quarter="2026-Q1")
    _, *second = await read_csv(client, seller, "sell/tax-reports/oss", quarter="2026-Q2")

    assert tuple(header) == rules.OSS_COLUMNS
    assert first == [
        ["supply", "2026-Q1", "DE", "19.00", "EUR", "test", "2", "20000", "3800", "2"],
        ["supply", "2026-Q1", "FR", "20.00", "EUR", "test", "1", "10000", "2000", "1"],
        ["correction", "2025-Q4", "FR", "20.00", "EUR", "test", "1", "-1000", "-200", "1"],
    ]
    assert second == [
        ["supply", "2026-Q2", "FR", "5.50", "EUR", "test", "1", "10000", "550", "1"],
        ["supply", "2026-Q2", "SE", "25.00", "EUR", "test", "2", "2000", "500", "1"],
        ["correction", "2026-Q1", "FR", "20.00", "EUR", "test", "1", "-10000", "-2000", "1"],
    ]


async def test_quarters_add_up_to_what_is_left(client, seller):
    """Whatever is refunded when: all quarters together have what was sold and not refunded."""
    names = ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]
    rows = [
        row
        for name in names
        for row in (await read_csv(client, seller, "sell/tax-reports/oss", quarter=name))[1:]
    ]
    kept = [
        line[3]
        for _, lines, refunded in ORDERS
        for place, line in enumerate(lines)
        if place not in refunded
    ]
    assert sum(int(row[8]) for row in rows) == sum(kept) + 500
    assert await read_csv(client, seller, "sell/tax-reports/oss") == [list(rules.OSS_COLUMNS)]


async def test_nobody_sees_the_sales_of_others(client, services, seller):
    other = await make.person(services, Role.CREATOR)
    _, *rows = await read_csv(client, other, "sell/tax-reports/oss", quarter="2026-Q1")
    assert rows == []
    assert (await client.get("sell/tax-reports/oss")).status_code == 401
    for person in (seller, await make.person(services, Role.MODERATOR)):
        answer = await client.post(
            "admin/tax-reports/dac7", json={"year": 2026}, headers=person.headers
        )
        assert answer.status_code == 403


async def test_a_year_has_each_seller_and_quarter(client, services, seller):
    ben = await make.person(services)
    await client.put("sell/tax-details", json=PERSON, headers=seller.headers)
    profile = {"legal_name": "=Ann", "address": "1 Quay\nCork", "country": "IE", "vat_id": "IE1"}
    await client.put("sell/profile", json=profile, headers=seller.headers)
    async with services.database.transaction() as tx:
        buyer, _ = await make.member_in(tx)
        parts = {seller.member: 6000, ben.member: 4000}
        line = [(1190, "DE", "19", 190)]
        await sell(tx, seller, buyer, "2026-12-31 23:59:59Z", line, {}, parts=parts)
        await sell(tx, seller, buyer, "2027-01-01", line, {}, parts=parts)
        # What the seller gave to others is theirs, and its tax is the seller's.
        given = [*line, (500, None, None, 0)]
        await sell(tx, seller, buyer, "2026-07-01", given, {}, parts={ben.member: 10_000})

    async with services.database.snapshot() as conn:
        asked = Dac7Query(rules.read_year(2026), MoneyMode.TEST)
        folder = services.audio_storage.folder
        parts_of = service.write_dac7(lambda: _same(conn), asked, folder)
        content = b"".join([part async for part in parts_of])
    header, *rows = csv.reader(io.StringIO(content.decode()))
    assert tuple(header) == rules.DAC7_COLUMNS
    named = [dict(zip(header, row, strict=True)) for row in rows]
    anns = [row for row in named if row["tax_id"] == "12 345"]
    bens = [row for row in named if row["username"] == ben.username]
    amounts = ["quarter", "sales", "refunds", "consideration_cents", "fees_cents", "tax_cents"]
    assert [[row[name] for name in amounts] for row in anns] == [
        ["2026-Q1", "5", "2", "31590", "3510", "5600"],
        ["2026-Q2", "3", "1", "945", "105", "-950"],
        ["2026-Q3", "1", "0", "0", "0", "190"],
        ["2026-Q4", "1", "0", "643", "71", "190"],
    ]
    assert [[row[name] for name in amounts] for row in bens] == [
        ["2026-Q3", "2", "0", "1521", "169", "0"],
        ["2026-Q4", "1", "0", "428", "48", "0"],
    ]
    who = [anns[0][name] for name in rules.DAC7_COLUMNS[2:11]]
    assert who == ["person", "'=Ann", "1 Quay, Cork", "IE", "12 345", "DE", "IE1", "1990-02-28", ""]


def _same(conn):
    class Open:
        async def __aenter__(self):
            return conn

        async def __aexit__(self, *_):
            return None

    return Open()


async def test_an_admin_downloads_a_year_after_a_proof_of_identity(client, services):
    admin = await make.person(services, Role.ADMIN)
    path, year = "admin/tax-reports/dac7", {"year": 2026}
    answer = await client.post(path, json=year, headers=admin.headers)
    assert (answer.status_code, answer.headers["content-type"][:8]) == (200, "text/csv")
    assert answer.text.splitlines()[0] == ",".join(rules.DAC7_COLUMNS)
    async with services.database.transaction() as tx:
        sql = "update sessions set proved_at = now() - interval '1 hour' where user_id = $1"
        await tx.run(sql, admin.id)
    answer = await client.post(path, json=year, headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_needed")


async def test_details_are_replaced_and_shown_to_their_seller_alone(client, services, seller):
    other = await make.person(services)
    empty = (await client.get("sell/tax-details", headers=seller.headers)).json()["data"]
    assert set(empty.values()) == {None}
    stored = await client.put("sell/tax-details", json=PERSON, headers=seller.headers)
    assert stored.json()["data"] == PERSON | {"tax_id": "12 345"}
    company = {"kind": "company", "registration_number": "HRB 1"}
    await client.put("sell/tax-details", json=company, headers=seller.headers)
    shown = (await client.get("sell/tax-details", headers=seller.headers)).json()["data"]
    assert shown == dict.fromkeys(PERSON) | company
    others = (await client.get("sell/tax-details", headers=other.headers)).json()["data"]
    assert others == empty


@pytest.mark.parametrize(
    "details",
    [
        SellerTaxDetails(birth_date=date(1990, 1, 1)),
        SellerTaxDetails(kind=SellerKind.COMPANY, birth_date=date(1990, 1, 1)),
        SellerTaxDetails(kind=SellerKind.PERSON, birth_date=date(2999, 1, 1)),
        SellerTaxDetails(kind=SellerKind.PERSON, birth_date=date(1899, 12, 31)),
        SellerTaxDetails(kind=SellerKind.PERSON, registration_number="HRB 1"),
        SellerTaxDetails(tax_id="   "),
    ],
)
def test_details_that_do_not_fit_are_refused(details):
    with pytest.raises(Invalid):
        rules.clean_details(details, clock.now().date())


async def test_details_of_who_sold_something_are_kept_when_they_are_erased(services, seller):
    """Of others nothing is left."""
    nobody = await make.person(services)
    details = SellerTaxDetails(SellerKind.PERSON, "12", "DE", date(1990, 2, 28))
    async with services.database.transaction() as tx:
        await tx.run(
            "insert into sellers (user_id, legal_name, country) values ($1, 'Ann Ltd', 'IE')",
            seller.id,
        )
        for person in (seller, nobody):
            await service.change_details(tx, person.member, details)
            await personal_data.erase(tx, person.id)
            await sellers_personal_data.erase(tx, person.id)
        sql = "select id from ledger_subjects where user_id = $1"
        subject = await tx.value(UUID, sql, seller.id)
        sql = "select legal_name from seller_tax_details where seller_subject = $1"
        kept = await tx.column(str, sql, subject)
        assert kept == ["Ann Ltd"]
        for person in (seller, nobody):
            assert await queries.find_details(tx, person.id) is None
        asked = Dac7Query(rules.read_year(2026), MoneyMode.TEST)
        rows = [row async for batch in queries.list_dac7(tx, asked) for row in batch]
        [first, *_] = [row for row in rows if row.subject_id == subject]
        assert (first.legal_name, first.country, first.tax_id) == ("Ann Ltd", "IE", "12")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-Q1", ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1))),
        ("2026-Q4", ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1))),
        (None, ("2024-Q2", date(2024, 4, 1), date(2024, 7, 1))),
    ],
)
def test_a_quarter_has_its_days(text, expected):
    period = rules.read_quarter(text, date(2024, 6, 30))
    assert (period.name, period.first, period.following) == expected
