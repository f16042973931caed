"""Who gets which document, and that it stays the same."""

import asyncio

from tests import make
from veza.core.access import Role
from veza.core.ids import new_id


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
