"""Jars over HTTP: one's own, those of others, and the tips that a profile got."""

import pytest

from tests import make
from tests.domains.marketplace.guests.guest_steps import address
from veza.core.access import Role
from veza.domains.platform.text_filters import service as text_filters
from veza.domains.platform.text_filters.models import (
    TextFilterEffect,
    TextFilterForm,
    TextFilterKind,
)

JAR, TIPS = "marketplace/tip-jar", "marketplace/tips"
OPEN = {"is_open": True, "currency": "CHF", "suggested_cents": [200, 500], "thanks": " Merci! "}


@pytest.fixture
def refusal():
    return lambda answer: (answer.status_code, answer.json().get("code"))


async def put(client, person, **fields):
    return await client.put(JAR, headers=person.headers, json=OPEN | fields)


async def test_a_jar_is_opened_shown_and_closed(client, seller, buyer, refusal):
    public = f"profiles/{seller.id}/tip-jar"
    closed = (await client.get(JAR, headers=seller.headers)).json()["data"]
    assert (closed["is_open"], closed["suggested_cents"]) == (False, [300, 500, 1000])
    assert refusal(await client.get(public)) == (404, "tips_not_taken")
    made = (await put(client, seller)).json()["data"]
    assert made == OPEN | {"thanks": "Merci!"}
    assert (await client.get(JAR, headers=seller.headers)).json()["data"] == made
    for headers in ({}, buyer.headers):
        shown = (await client.get(public, headers=headers)).json()["data"]
        assert (shown["currency"], shown["suggested_cents"]) == ("CHF", [200, 500])
        assert shown["profile"]["id"] == str(seller.id)
    assert (await put(client, seller, is_open=False)).status_code == 200
    assert refusal(await client.get(public)) == (404, "tips_not_taken")
    assert (await put(client, buyer)).status_code == 403
    assert refusal(await put(client, seller, currency="XXX")) == (400, "invalid_input")
    for amounts in ([], [49], [100_000_001], [100] * 6):
        assert (await put(client, seller, suggested_cents=amounts)).status_code == 400


async def test_who_blocks_neither_sees_a_jar_nor_is_tipped(
    client, services, seller, buyer, refusal
):
    await put(client, seller, currency="EUR")
    sql = "insert into blocks (blocker_id, blocked_id) values ($1, $2)"
    async with services.database.transaction() as tx:
        await tx.run(sql, seller.id, buyer.id)
    answer = await client.get(f"profiles/{seller.id}/tip-jar", headers=buyer.headers)
    assert refusal(answer) == (404, "tips_not_taken")
    form = {"tips": [{"profile_id": str(seller.id), "amount_cents": 300}]}
    answer = await client.post("marketplace/orders", json=form, headers=buyer.headers)
    assert refusal(answer) == (404, "tips_not_taken")


async def test_got_tips_are_listed_newest_first_with_their_givers(client, services, seller, buyer):
    muted = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        first = await make.paid_tip(tx, services, buyer.member, seller.member, "Encore!")
        second = await make.paid_tip(tx, services, muted.member, seller.member, "Again")
        await make.tip(tx, services, buyer.member, seller.member, "Unpaid")
        await make.refunded_item(tx, first)
        await tx.run("insert into mutes (muter_id, muted_id) values ($1, $2)", seller.id, muted.id)
    found, cursor = [], None
    while True:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(TIPS, headers=seller.headers, params=query)).json()["data"]
        found += page["tips"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert [tip["order_id"] for tip in found] == [str(second), str(first)]
    assert [(tip["message"], tip["is_refunded"]) for tip in found] == [
        (None, False),
        ("Encore!", True),
    ]
    one = found[1]
    assert (one["giver"]["id"], one["is_guest"], one["currency"]) == (str(buyer.id), False, "EUR")
    sums = ("amount_cents", "fee_cents", "net_cents", "share_cents")
    assert [one[name] for name in sums] == [500, 50, 450, 450]
    assert (await client.get(TIPS, headers=buyer.headers)).json()["data"]["tips"] == []


@pytest.mark.parametrize("is_guest", [True, False])
async def test_orders_of_wrong_tips_are_refused(client, seller, buyer, is_guest):
    await put(client, seller, currency="EUR")
    one = {"profile_id": str(seller.id), "amount_cents": 300}
    headers = {} if is_guest else buyer.headers
    for tips, rule in (
        ([one, one], "repeated"),
        ([one | {"message": "See www.example.com"}], "has_address"),
        ([one | {"amount_cents": 49}], None),
        ([one | {"amount_cents": 100_000_001}], None),
        ([one] * 6, None),
        ([], "too_few"),
    ):
        form = {"tips": tips} | ({"email": address()} if is_guest else {})
        answer = await client.post("marketplace/orders", json=form, headers=headers)
        assert answer.status_code == 400, answer.text
        details = answer.json()["details"]
        assert rule is None or [each["rule"] for each in details] == [rule]


async def test_filtered_words_reach_nobody(client, services, seller, buyer, refusal):
    await put(client, seller, currency="EUR")
    form = TextFilterForm(TextFilterKind.WORDS, "blorptip", TextFilterEffect.REJECT)
    async with services.database.transaction() as tx:
        made = await text_filters.set_filter(tx, form)
    await services.text_filters.load()
    try:
        tip = {"profile_id": str(seller.id), "amount_cents": 300, "message": "You blorptip"}
        order = {"tips": [tip], "email": address()}
        assert refusal(await client.post("marketplace/orders", json=order))[1] == "text_refused"
        monthly = await client.post("marketplace/memberships", json=tip, headers=buyer.headers)
        assert refusal(monthly)[1] == "text_refused"
        answer = await put(client, seller, thanks="A blorptip for you")
        assert refusal(answer)[1] == "text_refused"
    finally:
        async with services.database.transaction() as tx:
            await text_filters.delete_filter(tx, made.id)
        await services.text_filters.load()


async def test_the_giver_reads_thanks_once_it_is_paid(client, services, seller, buyer):
    async with services.database.transaction() as tx:
        unpaid = await make.tip(tx, services, buyer.member, seller.member)
        paid = await make.paid_tip(tx, services, buyer.member, seller.member)
        await make.tip_jar(tx, seller.member, thanks="See you on tour.")
    for order_id, thanks in ((unpaid, None), (paid, "See you on tour.")):
        answer = await client.get(f"marketplace/orders/{order_id}", headers=buyer.headers)
        [item] = answer.json()["data"]["items"]
        assert (item["kind"], item["message"], item["thanks"]) == ("tip", "Encore!", thanks)
    sales = (await client.get("sell/orders", headers=seller.headers)).json()["data"]["orders"]
    [item] = sales[0]["items"]
    assert (item["kind"], item["product_id"]) == ("tip", None)
