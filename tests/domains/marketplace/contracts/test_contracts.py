"""A contract is made once, in the buyer's language, for both parties, and forgets who is erased."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from msgspec import structs

from tests import make
from veza.core.ids import OrderId, OrderItemId, SubjectId, VariantId, new_id
from veza.core.languages import Language
from veza.domains.marketplace.contracts import personal_data, rules
from veza.domains.marketplace.contracts.models import ContractContent, LicenceContract
from veza.domains.marketplace.contracts.service import _TEMPLATE
from veza.domains.marketplace.guests import service as guests
from veza.domains.marketplace.invoices.models import InvoiceParty
from veza.domains.marketplace.orders import personal_data as order_personal_data
from veza.domains.marketplace.orders.models.state import DisputeLost, DisputeOpened
from veza.domains.marketplace.variants.models import SoldVariant, VariantKind, VariantTerms
from veza.infra.typesetting.typesetter import typeset, typeset_pictures

HOSTILE = '#panic("x") $1/0$ \\ " *b* @ref <lbl> `raw` // ] } #{ \u202e محمد 株式会社 ' + "x" * 300


def contract(**fields):
    variant = SoldVariant(
        id=VariantId(new_id()),
        kind=VariantKind.EXCLUSIVE,
        title="Exclusive",
        file_ids=[],
        includes_contents=True,
        terms=VariantTerms(max_streams=100_000, may_perform=True),
        credit_line="Produced by Ann",
        clauses="Nothing is resold.\n\nNor lent.",
    )
    moment = datetime(2026, 12, 1, tzinfo=UTC)
    content = ContractContent(
        seller=InvoiceParty("Ann Example", "1 Quay\nLausanne", "CH", "CHE-1"),
        buyer=InvoiceParty("Ben"),
        work="Night Ferry",
        variant=structs.replace(variant, **fields.pop("variant", {})),
        file_names=["beat.wav"],
        price_cents=90_000,
        currency="EUR",
        is_received=False,
        sold_at=moment,
    )
    return LicenceContract(
        item_id=OrderItemId(new_id()),
        order_id=OrderId(new_id()),
        seller_subject=SubjectId(new_id()),
        buyer_subject=SubjectId(new_id()),
        language=fields.pop("language", Language.ENGLISH),
        issued_at=moment,
        data=structs.replace(content, **fields),
    )


@pytest.mark.parametrize("language", Language)
def test_a_contract_says_what_was_sold(language):
    printed = rules.print_contract(contract(language=language))
    assert printed.subtitle == "Night Ferry – Exclusive"
    assert (printed.seller.name, printed.buyer.name) == ("Ann Example", "Ben")
    words = " ".join(f"{label} {value}" for label, value in [*printed.facts, *printed.terms])
    for said in ("900.00 EUR", "2026-12-01", "beat.wav", "100\u00a0000", "Produced by Ann"):
        assert said in words
    assert printed.clauses == ["Nothing is resold.", "Nor lent."]
    others = rules.print_contract(
        contract(language=language, variant={"kind": VariantKind.LEASE}, is_received=True)
    )
    assert others.opening[2] != printed.opening[2]
    assert "900.00 EUR" not in str(others.facts)
    business = InvoiceParty("Ben Ltd", "2 Mole\nCork", "IE", "IE6433435F")
    assert (
        rules.print_contract(contract(language=language, buyer=business))
        .buyer.details[-1]
        .endswith(" IE6433435F")
    )
    nameless = rules.print_contract(contract(language=language, buyer=InvoiceParty("")))
    assert nameless.buyer.name in nameless.opening[0]


@pytest.mark.long
async def test_whatever_stands_in_it_a_contract_can_be_set(services):
    party = InvoiceParty(HOSTILE[:200], f"{HOSTILE}\n" * 9, "CH")
    wild = contract(
        seller=party,
        buyer=party,
        work=HOSTILE[:150],
        file_names=[HOSTILE[:200]] * 200,
        variant={"title": HOSTILE[:40], "clauses": HOSTILE * 10, "credit_line": HOSTILE[:200]},
    )
    press = services.invoice_documents.typesetter
    for each, most in ((contract(), 1), (wild, 30)):
        data = msgspec.json.encode(rules.print_contract(each))
        pages = await typeset_pictures(press, _TEMPLATE, data, moment=each.issued_at)
        assert 1 <= len(pages) <= most
        first = await typeset(press, _TEMPLATE, data, moment=each.issued_at)
        assert first == await typeset(press, _TEMPLATE, data, moment=each.issued_at)
        assert first.startswith(b"%PDF")


async def open_as_buyer(beats, order, by=None):
    path = f"marketplace/orders/{order['id']}/items/{order['items'][0]['id']}/contract"
    return await beats.client.get(path, headers=(by or beats.fan).headers)


async def stored(beats, order):
    sql = "select data from licence_contracts where order_id = $1"
    async with beats.services.database.read() as conn:
        return await conn.value(dict, sql, UUID(order["id"]))


async def test_buyer_and_seller_have_the_same_contract(beats):
    await beats.offer()
    order = await beats.order("stems", billing={"name": "Ben Buyer", "address": "2 Mole"})
    assert order["items"][0]["variant"]["work"] == "Night Ferry"
    assert (await open_as_buyer(beats, order)).json()["code"] == "contract_not_found"
    assert await beats.pay(order) == "paid"
    data = await stored(beats, order)
    assert (data["buyer"]["name"], data["work"]) == ("Ben Buyer", "Night Ferry")

    # Later changes of the seller change nothing.
    headers = beats.seller.headers
    await beats.client.put("sell/profile", headers=headers, json={"legal_name": "Other"})
    await beats.offer(beats.form("lease", 500))
    bought = await open_as_buyer(beats, order)
    assert bought.content.startswith(b"%PDF")
    path = f"sell/contracts/{order['items'][0]['id']}/pdf"
    sold = await beats.client.get(path, headers=headers)
    assert sold.content == bought.content
    assert await stored(beats, order) == data

    stranger = await beats.person()
    assert (await open_as_buyer(beats, order, stranger)).json()["code"] == "order_not_found"
    for each in (stranger, beats.fan):
        answer = await beats.client.get(path, headers=each.headers)
        assert answer.json()["code"] == "contract_not_found"

    # It stands while the bank decides, and not for who got the money back.
    await beats.settle(order, DisputeOpened("d", 5000))
    assert (await open_as_buyer(beats, order)).is_success
    await beats.settle(order, DisputeLost("d"))
    assert (await open_as_buyer(beats, order)).json()["code"] == "contract_not_found"
    answer = await beats.client.get(path, headers=headers)
    assert answer.json()["code"] == "contract_not_found"


async def test_what_is_no_licence_has_no_contract(beats):
    whole = await beats.buy(beats.item(None))
    assert (await open_as_buyer(beats, whole)).json()["code"] == "contract_not_found"
    other = await beats.order(beats.item(None), by=await beats.person())
    path = f"marketplace/orders/{other['id']}/items/{whole['items'][0]['id']}/contract"
    answer = await beats.client.get(path, headers=beats.fan.headers)
    assert answer.json()["code"] == "contract_not_found"


async def test_guests_open_theirs_by_the_mailed_link(beats):
    await beats.offer()
    order = await beats.guest_order("lease")
    await beats.pay(order)
    path = f"marketplace/guest-orders/{order['token']}/items/{order['items'][0]['id']}/contract"
    assert (await beats.client.get(path)).content.startswith(b"%PDF")
    wrong = path.replace(order["items"][0]["id"], str(new_id()))
    assert (await beats.client.get(wrong)).json()["code"] == "contract_not_found"
    assert (await stored(beats, order))["buyer"]["name"] == "Ann Example"
    async with beats.services.database.transaction() as tx:
        sql = "select email from guest_orders where order_id = $1"
        email = await tx.value(str, sql, UUID(order["id"]))
        await guests.erase_address(tx, email or "")
    assert (await stored(beats, order))["buyer"]["name"] == "Erased"


async def test_erasing_a_buyer_removes_name_and_document(beats):
    await beats.offer()
    order = await beats.buy("lease")
    assert (await open_as_buyer(beats, order)).is_success
    key = rules.contract_key(OrderId(UUID(order["id"])), OrderItemId(UUID(order["items"][0]["id"])))
    storage = beats.services.invoice_documents.storage
    assert await storage.read_all(key)
    async with beats.services.database.transaction() as tx:
        files = await personal_data.list_files(tx, beats.fan.id)
        assert [file.key for file in files] == [key]
        await personal_data.erase(tx, beats.fan.id)
    await make.delivered(beats.services)
    assert (await stored(beats, order))["buyer"] == {"name": "Erased"}

    # The seller still has what was agreed, unless it was paid back.
    async with beats.services.database.transaction() as tx:
        await order_personal_data.erase(tx, beats.fan.id)
    path = f"sell/contracts/{order['items'][0]['id']}/pdf"
    assert (await beats.client.get(path, headers=beats.seller.headers)).is_success
    await beats.settle(order, DisputeOpened("d", order["total_cents"]), DisputeLost("d"))
    answer = await beats.client.get(path, headers=beats.seller.headers)
    assert answer.json()["code"] == "contract_not_found"
