"""Somebody pays, somebody else gets it: once, at a date, and not after the money went back."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from tests.domains.auth.recovery.mails import html_of, read_mails, text_of
from tests.domains.marketplace.guests.guest_steps import address, links, place, show
from veza.cli.members import erase_guest_of
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.marketplace.gifts import jobs
from veza.domains.marketplace.orders import personal_data
from veza.domains.marketplace.orders.jobs import deliver_preorders
from veza.domains.marketplace.orders.models.state import DisputeLost, DisputeOpened, DisputeWon
from veza.domains.marketplace.orders.service import gift_lines
from veza.domains.music.releases.jobs import publish_release
from veza.domains.music.releases.models.releases import PublishRelease
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.platform.suppressions import service as suppressions
from veza.domains.platform.suppressions.models import MailEventType

_BUYERS = "select count(*) from licences where product_id = $1 and buyer_id = $2"


def said(answer):
    return answer.status_code, answer.json().get("code")


async def test_a_member_gives_and_the_recipient_redeems_as_a_member(
    giving, services, seller, buyer, recipient
):
    friend = await make.person(services)
    order = await giving.buy(buyer, recipient, recipient_name="Maren")
    assert order["items"][0]["is_gift"]
    assert await giving.count(_BUYERS, giving.product_id, buyer.id) == 0
    [mail] = read_mails(services, recipient)
    text = text_of(mail)
    assert str(mail["Subject"]).startswith("A gift for you")
    assert "“Jon”" in text
    assert "Happy birthday!" in text
    assert mail["List-Unsubscribe"]
    assert (await giving.shown(buyer, order))["status"] == "sent"
    [code] = giving.codes(recipient)

    card = (await giving.client.post("marketplace/gifts/open", json={"code": code})).json()["data"]
    assert (card["title"], card["sender_name"], card["state"]) == ("Night Ferry", "Jon", "ready")

    answer = await giving.redeem(code, friend)
    assert answer.status_code == 201, answer.text
    received = answer.json()["data"]
    assert (received["total_cents"], received["items"][0]["is_received"]) == (0, True)
    assert (await giving.redeem(code.lower(), friend)).json()["data"]["id"] == received["id"]
    assert said(await giving.redeem(code, buyer)) == (409, "gift_redeemed")
    assert (await giving.shown(buyer, order))["status"] == "redeemed"
    assert await giving.count(_BUYERS, giving.product_id, friend.id) == 1
    sold = "select sales_count from products where id = $1"
    assert await giving.count(sold, giving.product_id) == 1
    purchase = f"marketplace/products/{giving.product_id}/purchase"
    own = await giving.client.get(purchase, headers=buyer.headers)
    assert own.json()["data"]["purchase"] is None
    await giving.ensure_right(order["id"], received["id"])

    for path in ("sell/orders", "sell/invoices"):
        seen = (await giving.client.get(path, headers=seller.headers)).text
        assert recipient not in seen
        assert "Happy birthday" not in seen


@pytest.mark.long
async def test_a_guest_gives_and_a_guest_redeems_with_the_link_in_the_answer(
    giving, services, seller, recipient
):
    await make.product_file(services, seller, giving.product_id, b"wave")
    giver, other = address(), address()
    made = await giving.buy_as_guest(giver, recipient)
    downloads = await show(giving.client, made["token"], "downloads")
    assert said(downloads) == (409, "order_not_paid")
    [gift] = (await show(giving.client, made["token"], "gifts")).json()["data"]["gifts"]
    assert (gift["status"], gift["recipient_email"]) == ("sent", recipient)

    [code] = giving.codes(recipient)
    received = (await giving.redeem(code, email=other)).json()["data"]
    [file] = (await show(giving.client, received["token"], "downloads")).json()["data"]["downloads"]
    assert (await giving.client.get(file["url"])).content == b"wave"
    again = (await giving.redeem(code, email=other)).json()["data"]
    assert (again["id"], again["token"]) == (received["id"], None)
    assert said(await giving.redeem(code, email=address())) == (409, "gift_redeemed")
    await giving.work()
    assert links(services, other) == [received["token"]]
    [gift] = (await show(giving.client, made["token"], "gifts")).json()["data"]["gifts"]
    assert other not in str(gift)
    await giving.ensure_right(made["id"], received["id"])


@pytest.mark.long
async def test_who_owns_a_product_may_give_it_and_keeps_their_own(
    giving, services, buyer, recipient
):
    async with services.database.transaction() as tx:
        await make.bought(tx, buyer.member, giving.product_id)
    order = await giving.buy(buyer, recipient)
    [code] = giving.codes(recipient)
    assert said(await giving.redeem(code, buyer)) == (409, "already_owned")
    await giving.refund(buyer, order)
    assert await giving.count(_BUYERS, giving.product_id, buyer.id) == 1
    assert said(await giving.redeem(code, await make.person(services))) == (409, "gift_not_given")
    await giving.ensure_right(order["id"])


async def test_a_seller_does_not_give_their_own_product(giving, seller, recipient):
    assert said(await giving.place(seller, recipient)) == (409, "own_product")


@pytest.mark.parametrize(
    "gift",
    [
        {"message": "Look at http://evil.example"},
        {"message": "Look at evil.com"},
        {"sender_name": "www.evil.example"},
        {"recipient_name": "call me at evil@example.com"},
        {"sender_name": " \n "},
        {"send_at": "2020-01-01T00:00:00Z"},
        {"send_at": "2099-01-01T00:00:00Z"},
        {"message": "x" * 501},
    ],
)
async def test_words_with_addresses_and_wrong_dates_are_refused(giving, buyer, recipient, gift):
    assert said(await giving.place(buyer, recipient, **gift)) == (400, "invalid_input")


async def test_a_gift_costs_something_and_an_order_has_twenty(giving, services, seller, buyer):
    async with services.database.transaction() as tx:
        free = await make.product(tx, seller.member, "Demo", price_cents=0)
        many = [await make.product(tx, seller.member, "More") for _ in range(21)]
    form = giving.form(address())
    [item] = form["items"]

    async def order(*product_ids):
        items = [item | {"product_id": str(each)} for each in product_ids]
        return said(
            await giving.client.post(
                "marketplace/orders", json=form | {"items": items}, headers=buyer.headers
            )
        )

    assert await order(free) == (409, "gift_not_free")
    assert await order(*many) == (400, "invalid_input")
    most = gift_lines.MAX_OF_BUYER
    await services.counters.add(f"gifts:{buyer.id}", gift_lines.WINDOW_S, times=most - 2)
    assert (await order(many[0]))[0] == 201
    assert await order(many[1]) == (429, "too_many_gifts")


async def test_nothing_that_somebody_wrote_is_markup_or_a_header(
    giving, services, buyer, recipient
):
    order = await giving.buy(
        buyer,
        recipient,
        sender_name="Jon\r\nBcc: all",
        message="<a href=x>\u202e now</a>\n-- \nLine",
    )
    [mail] = read_mails(services, recipient)
    assert mail["Bcc"] is None
    assert "Jon" not in str(mail["Subject"])
    assert "<a href=x>" not in html_of(mail)
    assert "&lt;a href=x&gt;" in html_of(mail)
    assert "\u202e" not in text_of(mail)
    assert "\n-- \nLine" not in text_of(mail)
    await giving.ensure_right(order["id"])


async def test_a_gift_is_mailed_at_its_date_and_to_the_corrected_address(
    giving, services, buyer, recipient
):
    right = address()
    order = await giving.buy(buyer, recipient, send_at=(now() + timedelta(days=3)).isoformat())
    await jobs.send_due_gifts(services.database)
    await giving.work()
    assert read_mails(services, recipient) == []
    assert (await giving.shown(buyer, order))["status"] == "waiting"
    assert said(await giving.change(buyer, order, "/resend")) == (409, "gift_not_mailed")
    stranger = await make.person(services)
    assert (await giving.change(stranger, order, recipient_email=right)).status_code == 404
    assert (await giving.change(stranger, order, "/code")).status_code == 404
    corrected = await giving.change(buyer, order, recipient_email=right)
    assert corrected.json()["data"]["recipient_email"] == right

    await giving.later(order, timedelta(days=4))
    await jobs.send_due_gifts(services.database)
    await giving.work()
    assert read_mails(services, recipient) == []
    assert len(giving.codes(right)) == 1
    await jobs.send_due_gifts(services.database)
    await giving.work()
    assert len(giving.codes(right)) == 1


async def test_a_gift_is_mailed_again_once_a_day_and_a_new_address_ends_the_code(
    giving, buyer, recipient
):
    right = address()
    order = await giving.buy(buyer, recipient)
    assert said(await giving.change(buyer, order, "/resend")) == (409, "gift_mailed_lately")
    wrong = await giving.change(buyer, order, recipient_email=right)
    assert said(wrong) == (409, "gift_mailed_lately")
    await giving.later(order, timedelta(days=2))
    resent = await asyncio.gather(*(giving.change(buyer, order, "/resend") for _ in range(3)))
    assert {each.status_code for each in resent} == {202}
    await giving.work()
    first, second = giving.codes(recipient)
    assert first == second
    await giving.later(order, timedelta(days=2))
    assert (await giving.change(buyer, order, recipient_email=right)).status_code == 200
    await giving.work()
    [code] = giving.codes(right)
    assert code != first
    assert said(await giving.redeem(first, buyer)) == (404, "code_not_found")
    by_hand = (await giving.change(buyer, order, "/code")).json()["data"]
    assert (by_hand["code"], by_hand["url"].endswith(f"/gift#code={code}")) == (code, True)


@pytest.mark.long
async def test_a_mail_that_a_crash_left_unnoted_has_the_same_id(giving, services, buyer, recipient):
    order = await giving.buy(buyer, recipient)
    await giving.run(
        "update gifts set due_at = now(), sent_at = null, attempts = 0 where item_id = $1",
        order["items"][0]["id"],
    )
    await jobs.send_due_gifts(services.database)
    await giving.work()
    first, second = read_mails(services, recipient)
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_suppressed_address_gets_nothing_and_the_code_is_given_by_hand(
    giving, services, buyer, recipient
):
    async with services.database.transaction() as tx:
        await suppressions.note_report(tx, recipient, MailEventType.COMPLAINT, "")
    order = await giving.buy(buyer, recipient)
    assert read_mails(services, recipient) == []
    gift = await giving.shown(buyer, order)
    assert (gift["status"], gift["failure"]) == ("undeliverable", "suppressed")
    code = (await giving.change(buyer, order, "/code")).json()["data"]["code"]
    friend = await make.person(services)
    assert (await giving.redeem(code, friend)).status_code == 201
    assert said(await giving.change(buyer, order, "/code")) == (409, "gift_redeemed")
    assert (await giving.change(friend, order, "/code")).status_code == 404


@pytest.mark.long
async def test_the_link_in_a_mail_blocks_further_gifts(giving, services, buyer, recipient):
    await giving.buy(buyer, recipient)
    [token] = giving.block_tokens(recipient)
    path = "marketplace/gifts/block/"
    assert said(await giving.client.post(f"{path}{token[:-1]}x")) == (404, "gift_not_found")
    assert (await giving.client.post(path + token)).status_code == 200
    await giving.buy(await make.person(services), recipient)
    assert len(read_mails(services, recipient)) == 1


@pytest.mark.long
async def test_an_address_gets_a_few_gifts_in_an_hour_and_the_others_later(
    giving, services, recipient
):
    givers = [await make.person(services) for _ in range(6)]
    orders = [await giving.buy(each, recipient) for each in givers]
    assert len(giving.codes(recipient)) == 5
    assert (await giving.shown(givers[-1], orders[-1]))["status"] == "waiting"


@pytest.mark.long
async def test_a_refund_ends_an_unused_code_and_takes_back_a_used_one(
    giving, services, buyer, recipient
):
    used = await giving.buy(buyer, recipient)
    unused = await giving.buy(await make.person(services), address())
    friend = await make.person(services)
    received = (await giving.redeem(giving.codes(recipient)[0], friend)).json()["data"]
    await giving.refund(buyer, used)
    assert (await giving.shown(buyer, used))["status"] == "returned"
    path = f"marketplace/orders/{received['id']}"
    seen = (await giving.client.get(path, headers=friend.headers)).json()["data"]
    assert (seen["status"], seen["items"][0]["is_refunded"]) == ("refunded", True)
    assert await giving.count(_BUYERS, giving.product_id, friend.id) == 0
    sold = "select sales_count from products where id = $1"
    assert await giving.count(sold, giving.product_id) == 1
    await giving.ensure_right(used["id"], unused["id"], received["id"])


@pytest.mark.long
async def test_a_dispute_holds_a_code_and_a_lost_one_ends_it(giving, services, buyer, recipient):
    order = await giving.buy(buyer, recipient)
    [code] = giving.codes(recipient)
    friend = await make.person(services)
    await giving.settle(order, DisputeOpened("d1", 1200))
    assert said(await giving.redeem(code, friend)) == (409, "gift_held")
    assert (await giving.shown(buyer, order))["status"] == "held"
    await giving.settle(order, DisputeWon("d1"))
    received = (await giving.redeem(code, friend)).json()["data"]
    await giving.settle(order, DisputeOpened("d2", 1200))
    assert await giving.count(_BUYERS, giving.product_id, friend.id) == 1
    await giving.settle(order, DisputeLost("d2"))
    assert await giving.count(_BUYERS, giving.product_id, friend.id) == 0
    await giving.ensure_right(order["id"], received["id"])


@pytest.mark.long
async def test_a_refund_and_a_redemption_may_meet(giving, services, buyer, recipient):
    """Whichever is first, nobody keeps what was paid back."""
    for _ in range(2):
        friend, to = await make.person(services), address()
        order = await giving.buy(buyer, to)
        [code] = giving.codes(to)
        await asyncio.gather(giving.refund(buyer, order), giving.redeem(code, friend))
        await giving.work()
        assert await giving.count(_BUYERS, giving.product_id, friend.id) == 0
        await giving.ensure_right(order["id"])


async def test_of_many_at_once_one_redeems_a_gift(giving, services, buyer, recipient):
    order = await giving.buy(buyer, recipient)
    [code] = giving.codes(recipient)
    friends = [await make.person(services) for _ in range(4)]
    answers = await asyncio.gather(
        *(giving.redeem(code, each) for each in friends), giving.redeem(code, email=address())
    )
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409, 409]
    await giving.ensure_right(order["id"])


async def test_double_clicks_and_two_tabs_make_one_gift(giving, recipient):
    form = giving.form(recipient) | {"email": address()}
    key = str(new_id())
    first, again = await asyncio.gather(
        place(giving.client, form, key), place(giving.client, form, key)
    )
    other_tab = await place(giving.client, form)
    assert first["id"] == again["id"] == other_tab["id"]
    another = giving.form(address()) | {"email": form["email"]}
    assert (await place(giving.client, another))["id"] != first["id"]


@pytest.mark.long
async def test_a_preorder_is_given_at_once_and_delivered_to_the_recipient(
    giving, services, seller, buyer, recipient
):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, seller, "Prelude", visibility="private")
        release_id = await make.release(
            tx, seller.member, "Night Ferry", track_id, publish_at=now() + timedelta(days=1)
        )
        giving.product_id = await make.product(
            tx, seller.member, "Night Ferry", type="album", release_id=release_id
        )
    await make.product_file(services, seller, giving.product_id)
    order = await giving.buy(buyer, recipient)
    path = f"releases/{release_id}"
    hidden = await giving.client.put(path, headers=seller.headers, json={"publish_at": None})
    assert hidden.status_code == 409, "It was paid for."
    friend = await make.person(services)
    received = (await giving.redeem(giving.codes(recipient)[0], friend)).json()["data"]
    path = f"marketplace/orders/{received['id']}/downloads"
    early = await giving.client.get(path, headers=friend.headers)
    assert said(early) == (409, "not_delivered")

    await giving.run("update releases set publish_at = now() where id = $1", release_id)
    await publish_release(services.database, PublishRelease(release_id))
    await deliver_preorders(services.database)
    await giving.work()
    found = await giving.client.get(path, headers=friend.headers)
    assert len(found.json()["data"]["downloads"]) == 1
    told = {
        each.username: [one.kind for one in await make.told(services, each)]
        for each in (buyer, friend)
    }
    assert NotificationKind.PREORDER_DELIVERED in told[friend.username]
    assert NotificationKind.PREORDER_DELIVERED not in told[buyer.username]
    await giving.ensure_right(order["id"], received["id"])


@pytest.mark.long
async def test_cancelled_preorders_pay_the_giver_back(giving, services, seller, buyer, recipient):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, seller, "Prelude", visibility="private")
        release_id = await make.release(
            tx, seller.member, "Night Ferry", track_id, publish_at=now() + timedelta(days=1)
        )
        giving.product_id = await make.product(
            tx, seller.member, "Night Ferry", type="album", release_id=release_id
        )
    order = await giving.buy(buyer, recipient)
    friend = await make.person(services)
    received = (await giving.redeem(giving.codes(recipient)[0], friend)).json()["data"]
    path = f"marketplace/products/{giving.product_id}/cancel-preorders"
    assert (await giving.client.post(path, headers=seller.headers)).status_code == 200
    await giving.work()
    assert (await giving.shown(buyer, order))["status"] == "returned"
    assert await giving.count(_BUYERS, giving.product_id, friend.id) == 0
    await giving.ensure_right(order["id"], received["id"])


async def test_a_cancelled_order_sends_nothing_and_is_forgotten(giving, services, buyer, recipient):
    order = (await giving.place(buyer, recipient)).json()["data"]
    assert (await giving.shown(buyer, order))["status"] == "unpaid"
    assert said(await giving.change(buyer, order, "/code")) == (409, "gift_not_given")
    sql = """
        update orders
           set status = 'cancelled', poll_at = null, expires_at = now() - interval '40 days'
         where id = $1
    """
    await giving.run(sql, order["id"])
    await jobs.send_due_gifts(services.database)
    await jobs.forget_old_gifts(services.database)
    await giving.work()
    assert read_mails(services, recipient) == []
    assert (await giving.shown(buyer, order))["recipient_email"] is None


async def test_an_erased_buyers_gift_is_still_mailed_without_their_words(
    giving, services, buyer, recipient
):
    order = await giving.buy(buyer, recipient, send_at=(now() + timedelta(days=3)).isoformat())
    async with services.database.transaction() as tx:
        exported = await personal_data.export(tx, buyer.id)
    assert [each.recipient for each in exported.gifts] == [recipient]
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, buyer.id)
    await giving.later(order, timedelta(days=4))
    await jobs.send_due_gifts(services.database)
    await giving.work()
    [mail] = read_mails(services, recipient)
    assert "Jon" not in text_of(mail)
    assert "Happy" not in text_of(mail)
    left = "select count(*) from gifts where item_id = $1 and recipient is not null"
    assert await giving.count(left, order["items"][0]["id"]) == 0
    friend = await make.person(services)
    assert (await giving.redeem(giving.codes(recipient)[0], friend)).status_code == 201
    await giving.ensure_right(order["id"])


async def test_an_erased_address_gets_nothing_and_is_forgotten(giving, services, buyer, recipient):
    order = await giving.buy(buyer, recipient, send_at=(now() + timedelta(days=3)).isoformat())
    await erase_guest_of(services, recipient)
    gift = await giving.shown(buyer, order)
    assert (gift["recipient_email"], gift["message"]) == (None, None)
    await giving.later(order, timedelta(days=4))
    await jobs.send_due_gifts(services.database)
    await giving.work()
    assert read_mails(services, recipient) == []
    assert (await giving.change(buyer, order, "/code")).status_code == 200


async def test_words_are_forgotten_three_months_after_redemption(
    giving, services, buyer, recipient
):
    order = await giving.buy(buyer, recipient)
    friend = await make.person(services)
    await giving.redeem(giving.codes(recipient)[0], friend)
    await giving.later(order, timedelta(days=89))
    await jobs.forget_old_gifts(services.database)
    assert (await giving.shown(buyer, order))["recipient_email"] == recipient
    await giving.later(order, timedelta(days=2))
    await jobs.forget_old_gifts(services.database)
    gift = await giving.shown(buyer, order)
    assert (gift["recipient_email"], gift["message"], gift["status"]) == (None, None, "redeemed")


@pytest.mark.long
async def test_a_code_stays_usable_when_the_key_of_the_server_is_replaced(
    giving, services, buyer, recipient
):
    """A mailed code is found by its hash; what is shown later is a new one."""
    order = await giving.buy(buyer, recipient)
    sql = "update gifts set code_nonce = $2 where item_id = $1"
    await giving.run(sql, order["items"][0]["id"], b"n" * 16)
    card = await giving.client.post(
        "marketplace/gifts/open", json={"code": giving.codes(recipient)[0]}
    )
    assert card.status_code == 200
    shown = (await giving.change(buyer, order, "/code")).json()["data"]["code"]
    assert shown != giving.codes(recipient)[0]
    assert (await giving.redeem(shown, await make.person(services))).status_code == 201
