"""Who gets which document, and that it stays the same."""

import asyncio

import pytest

from tests import make
from veza.core.access import Role
from veza.core.clock import now
from veza.core.ids import new_id
from veza.core.pages import Cursor, encode_cursor
from veza.domains.marketplace.invoices import personal_data


async def get(client, person, path, **headers):
    return await client.get(f"marketplace/orders/{path}", headers=person.headers | headers)


async def test_a_buyer_always_downloads_the_same_pdf(client, services, ann, ben, cat, buy, work):
    order_id = await buy((ben, 1000), (cat, 500))
    first = await get(client, ann, f"{order_id}/invoice")

    assert first.status_code == 200
    assert first.headers["content-type"] == "application/pdf"
    name = f'attachment; filename="invoice-{order_id}.pdf"'
    assert first.headers["content-disposition"] == name
    assert first.headers["cache-control"] == "private, max-age=3600"
    assert first.content.startswith(b"%PDF-")
    async with services.database.transaction() as tx:
        await make.refunded_item(tx, order_id)
    await work()
    again = await asyncio.gather(*(get(client, ann, f"{order_id}/invoice") for _ in range(3)))
    assert {answer.content for answer in again} == {first.content}


async def test_a_buyer_downloads_the_document_of_one_seller(client, services, ann, ben, cat, buy):
    """It is the one that the seller has, and only a PDF of one can have its XML."""
    order_id = await buy((ben, 1000), (cat, 500))
    async with services.database.transaction() as tx:
        refund_id = await make.refunded_item(tx, order_id)
    both = await get(client, ann, f"{order_id}/invoice")
    own = await get(client, ann, f"{order_id}/invoice?seller_id={ben.member.id}")
    credited = f"{order_id}/refunds/{refund_id}/credit-note"
    notes = [await get(client, ann, f"{credited}?seller_id={who.member.id}") for who in (ben, cat)]

    listed = (await client.get("sell/invoices", headers=ben.headers)).json()["data"]["invoices"]
    paths = [f"sell/invoices/{document['id']}/pdf" for document in reversed(listed)]
    of_seller = [(await client.get(path, headers=ben.headers)).content for path in paths]
    assert own.content == of_seller[0] != both.content
    assert [note.content for note in notes if note.status_code == 200] == of_seller[1:]
    assert [note.json()["code"] for note in notes if note.status_code != 200] == [
        "invoice_not_found"
    ]
    answer = await get(client, ann, f"{order_id}/invoice?seller_id={ann.member.id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "invoice_not_found")


async def test_an_invoice_supports_ranges_and_caching(client, ann, ben, buy):
    path = f"{await buy((ben, 1000))}/invoice"
    whole = await get(client, ann, path)

    part = await get(client, ann, path, Range="bytes=0-3")
    kept = await get(client, ann, path, **{"If-None-Match": whole.headers["etag"]})
    assert (part.status_code, part.content) == (206, b"%PDF")
    assert (kept.status_code, kept.content) == (304, b"")


async def test_other_members_cannot_download_an_invoice(client, services, ann, ben, buy):
    order_id = await buy((ben, 1000))
    stranger, admin = await make.person(services), await make.person(services, Role.ADMIN)

    for person in (stranger, ben, admin):
        answer = await get(client, person, f"{order_id}/invoice")
        assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")
    assert (await get(client, ann, f"{new_id()}/invoice")).status_code == 404
    assert (await client.get(f"marketplace/orders/{order_id}/invoice")).status_code == 401


async def test_a_pending_order_has_no_invoice(client, services, ann, ben):
    async with services.database.transaction() as tx:
        order_id = await make.order(tx, ann.member, (ben.member, 1000))

    answer = await get(client, ann, f"{order_id}/invoice")

    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_paid")


async def test_a_refund_has_a_credit_note(client, services, ann, ben, buy):
    order_id = await buy((ben, 1000), (ben, 500))
    async with services.database.transaction() as tx:
        refund_id = await make.refunded_item(tx, order_id)
    path = f"{order_id}/refunds/{refund_id}/credit-note"

    answer = await get(client, ann, path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert (await get(client, ann, path)).content == answer.content
    assert (await get(client, ben, path)).json()["code"] == "order_not_found"
    missing = await get(client, ann, f"{order_id}/refunds/{new_id()}/credit-note")
    assert (missing.status_code, missing.json()["code"]) == (404, "credit_note_not_found")


@pytest.mark.long
async def test_a_seller_lists_and_downloads_their_own_documents(
    client, services, ann, ben, cat, buy, work
):
    order_ids = []
    for _ in range(2):
        order_ids.append(await buy((ben, 1000), (cat, 500)))
        await work()
    async with services.database.transaction() as tx:
        await make.refunded_item(tx, order_ids[0])
    await work()

    async def ask(person, path, **headers):
        return await client.get(f"sell/invoices{path}", headers=person.headers | headers)

    first = (await ask(ben, "?limit=2")).json()["data"]
    rest = (await ask(ben, f"?limit=2&cursor={first['next_cursor']}")).json()["data"]
    listed = first["invoices"] + rest["invoices"]
    kinds = [(each["kind"], each["order_id"], each["total_cents"]) for each in listed]
    assert kinds == [
        ("credit_note", str(order_ids[0]), 1000),
        ("invoice", str(order_ids[1]), 1000),
        ("invoice", str(order_ids[0]), 1000),
    ]
    assert listed[0]["credited_number"] == listed[2]["number"]
    assert {each["buyer_name"] for each in listed} == {"Ann Example"}
    assert (rest["next_cursor"], rest["has_more"]) == (None, False)

    path = f"/{listed[2]['id']}/pdf"
    pdf = await ask(ben, path)
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    name = f'attachment; filename="invoice-{listed[2]["number"]}.pdf"'
    assert pdf.headers["content-disposition"] == name
    assert (await ask(ben, path)).content == pdf.content
    assert (await ask(ben, path, Range="bytes=0-3")).content == b"%PDF"
    # It is the document of this seller alone.
    assert pdf.content != (await get(client, ann, f"{order_ids[0]}/invoice")).content
    for person in (ann, cat, await make.person(services, Role.ADMIN)):
        answer = await ask(person, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "invoice_not_found")
    assert (await ask(ann, "")).json()["data"]["invoices"] == []
    assert (await ask(ben, f"/{new_id()}/pdf")).status_code == 404
    for cursor in (Cursor(now(), new_id()), Cursor(now(), new_id(), "number", 2**40)):
        answer = await ask(ben, f"?cursor={encode_cursor(cursor)}")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_a_buyer_who_is_erased_is_gone_from_the_sellers_documents(
    client, services, ann, ben, buy, work
):
    order_id = await buy((ben, 1000))
    await work()
    [listed] = (await client.get("sell/invoices", headers=ben.headers)).json()["data"]["invoices"]
    path = f"sell/invoices/{listed['id']}/pdf"
    named = (await client.get(path, headers=ben.headers)).content
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, ann.id)
    await work()

    assert await services.storage.list_keys(f"invoices/{order_id}") == []
    assert (await client.get(path, headers=ben.headers)).content != named
    [listed] = (await client.get("sell/invoices", headers=ben.headers)).json()["data"]["invoices"]
    assert listed["buyer_name"] == "Erased"
