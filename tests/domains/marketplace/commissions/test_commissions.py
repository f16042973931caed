"""Services are made over HTTP: each step by the right party, with what it does to the money."""

from datetime import timedelta

import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from veza.app.domains import PERSONAL_DATA
from veza.core.access import Role
from veza.core.ids import new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.orders.models.state import DisputeLost, DisputeOpened, DisputeWon
from veza.domains.marketplace.payouts.rules.transitions import UNDELIVERED
from veza.domains.privacy.service import erase

DAY = timedelta(days=1)


async def test_a_service_is_made_from_the_brief_to_what_its_buyer_accepts(studio):
    buyer, seller, stranger = studio.buyer, studio.seller, await make.person(studio.services)
    commission_id = await studio.buy()
    asked = await studio.see(commission_id)
    assert (asked["status"], asked["role"], asked["terms"]["questions"]) == (
        *("brief", "buyer"),
        "Which song is it?",
    )
    assert asked["steps"] == ["brief", "message", "cancel"]
    assert (await studio.see(commission_id, seller))["steps"] == ["message", "cancel"]
    assert await studio.see(commission_id, stranger) == "commission_not_found"

    stems = await make.cloud_file(studio.services, buyer, "stems.zip", b"stems")
    begun = await studio.do(buyer, commission_id, "brief", "Warm.", file_ids=[str(stems.id)])
    assert begun["status"] == "in_progress"
    [file] = begun["entries"][0]["files"]
    read = await studio.client.get(file["url"], headers=seller.headers)
    assert (read.status_code, read.content) == (200, b"stems")
    assert (await studio.client.get(file["url"], headers=stranger.headers)).status_code == 404
    assert UNDELIVERED in await studio.transfer_reasons()

    mix = await make.cloud_file(studio.services, seller, "mix.wav", b"mix one")
    done = await studio.do(seller, commission_id, "deliveries", "Done.", file_ids=[str(mix.id)])
    assert (done["status"], done["accepted_after_days"]) == ("delivered", 7)
    revised = await studio.do(buyer, commission_id, "revision", "A little slower.")
    assert (revised["status"], revised["revisions_left"]) == ("in_progress", 0)
    await studio.do(seller, commission_id, "deliveries", "Slower.")
    assert await studio.do(buyer, commission_id, "revision") == "no_revision_left"
    accepted = await studio.do(buyer, commission_id, "accept")
    await studio.go_on()

    assert [entry["kind"] for entry in accepted["entries"]] == [
        *("brief", "delivery", "revision", "delivery", "acceptance"),
    ]
    assert (accepted["status"], accepted["due_at"], accepted["steps"]) == (
        *("accepted", None),
        ["message"],
    )
    assert UNDELIVERED not in await studio.transfer_reasons()
    order = await studio.client.get(
        f"marketplace/orders/{studio.order_ids[0]}", headers=buyer.headers
    )
    [item] = order.json()["data"]["items"]
    assert item["delivered_at"] is not None
    assert item["service"] == {"delivery_days": 5, "revisions": 1, "questions": "Which song is it?"}
    assert sorted(await studio.told(seller)) == [
        *("commission_brief", "commission_changed"),
    ]
    assert sorted(set(await studio.told(buyer))) == ["commission_changed", "commission_delivered"]
    await studio.ensure_right()


@pytest.mark.long
async def test_a_buyer_cancels_alone_before_the_brief_when_it_is_late_and_after_a_ban(studio):
    buyer, seller = studio.buyer, studio.seller
    early, agreed, late = [await studio.buy(), await studio.begun(), await studio.begun()]
    assert (await studio.do(buyer, early, "cancel"))["is_paused"]
    asked = await studio.do(buyer, agreed, "cancel", "Not needed any more.")
    assert (asked["is_cancel_asked"], asked["status"]) == (True, "in_progress")
    assert await studio.do(buyer, agreed, "cancel") == "commission_step_not_allowed"
    await studio.do(seller, agreed, "cancel", "All right.")
    await studio.later(late, 12 * DAY - timedelta(hours=1))
    assert "cancel" not in (await studio.see(late))["steps"]
    await studio.later(late, timedelta(hours=2))
    await studio.do(buyer, late, "cancel")
    await studio.go_on()
    for commission_id in (early, agreed, late):
        ended = await studio.see(commission_id)
        assert (ended["status"], ended["entries"][-1]["kind"]) == ("cancelled", "refund")
        assert ended["steps"] == []
        assert await studio.do(seller, commission_id, "deliveries") == "commission_step_not_allowed"

    banned = await studio.begun()
    await make.suspended(studio.services, seller)
    await studio.do(buyer, banned, "cancel")
    await studio.go_on()
    assert (await studio.see(banned))["status"] == "cancelled"
    await studio.ensure_right()


@pytest.mark.long
async def test_time_accepts_what_was_delivered_and_cancels_what_nobody_goes_on_with(studio):
    silent, delivered, abandoned = [
        await studio.buy(),
        await studio.delivered(),
        await studio.begun(),
    ]
    for commission_id, almost in ((silent, 30 * DAY), (delivered, 7 * DAY), (abandoned, 65 * DAY)):
        before = (await studio.see(commission_id))["status"]
        await studio.later(commission_id, almost - timedelta(hours=1))
        assert (await studio.see(commission_id))["status"] == before
        await studio.later(commission_id, timedelta(hours=2))
    statuses = [(await studio.see(each))["status"] for each in (silent, delivered, abandoned)]
    assert statuses == ["cancelled", "accepted", "cancelled"]
    last = (await studio.see(delivered))["entries"][-1]
    assert (last["kind"], last["party"], last["words"]) == ("acceptance", None, "")
    await studio.ensure_right()


async def test_staff_decides_what_is_disputed_and_sees_nothing_else(studio):
    admin = await make.person(studio.services, Role.ADMIN)
    refunded, accepted = [await studio.delivered(), await studio.delivered()]
    assert await studio.see(refunded, admin) == "commission_not_found"
    for commission_id in (refunded, accepted):
        disputed = await studio.do(studio.buyer, commission_id, "dispute", "Not what I asked for.")
        assert (disputed["status"], disputed["steps"]) == ("disputed", ["message"])
        assert (await studio.see(commission_id, admin))["steps"] == ["decide"]
        await studio.later(commission_id, timedelta())
    listed = await studio.client.get("admin/commissions?status=disputed", headers=admin.headers)
    assert {refunded, accepted} <= {each["id"] for each in listed.json()["data"]["commissions"]}

    for commission_id, outcome in ((refunded, "refund"), (accepted, "accept")):
        path = f"admin/commissions/{commission_id}/decision"
        form = {"outcome": outcome, "words": "We listened to it."}
        bare = await studio.client.post(path, json=form, headers=studio.seller.headers)
        assert bare.status_code == 403
        await let_proofs_age(studio.services, admin.id, -11)
        answer = await studio.client.post(path, json=form, headers=admin.headers)
        assert answer.status_code == 200, answer.text
        again = await studio.client.post(path, json=form, headers=admin.headers)
        assert again.status_code == 409
    await studio.go_on()
    assert (await studio.see(refunded))["status"] == "cancelled"
    assert (await studio.see(accepted))["status"] == "accepted"
    await studio.ensure_right()


async def test_staff_does_not_decide_about_what_they_or_a_page_of_theirs_earn_by(studio):
    services, admin = studio.services, await make.person(studio.services, Role.ADMIN)
    await let_proofs_age(services, admin.id, -11)
    commission_id = await studio.delivered()
    await studio.do(studio.buyer, commission_id, "dispute")
    page = await make.page(services, admin)
    line = """
        insert into order_item_parts (item_id, position, party_id, party_subject, parts_per_10000,
                                      fee_cents, net_cents)
        select id, 1, $2, gen_random_uuid(), 10000, fee_cents, net_cents
          from order_items where id = $1
    """
    interests = (
        ("update commissions set seller_id = $2 where id = $1", page.id, studio.seller.id),
        ("update commissions set buyer_id = $2 where id = $1", page.id, studio.buyer.id),
        ("update commissions set buyer_id = $2 where id = $1", admin.id, studio.buyer.id),
        # What is sold keeps its parties.
        (line, page.id, None),
    )
    path = f"admin/commissions/{commission_id}/decision"
    form = {"outcome": "accept", "words": "It is what was agreed."}
    for sql, mine, before in interests:
        async with services.database.transaction() as tx:
            await tx.run(sql, commission_id, mine)
        refused = await studio.client.post(path, json=form, headers=admin.headers)
        assert refused.json()["code"] in {"own_commission", "commission_step_not_allowed"}, sql
        assert "decide" not in (await studio.see(commission_id, admin))["steps"]
        async with services.database.transaction() as tx:
            if before is not None:
                await tx.run(sql, commission_id, before)
    other = await make.person(services, Role.ADMIN)
    await let_proofs_age(services, other.id, -11)
    decided = await studio.client.post(path, json=form, headers=other.headers)
    assert decided.status_code == 200, decided.text


async def test_a_chargeback_pauses_a_commission_and_a_lost_one_ends_it(studio):
    won = await studio.begun()
    await studio.report(DisputeOpened("d1", 4000))
    assert (await studio.see(won))["is_paused"]
    assert await studio.do(studio.seller, won, "deliveries") == "commission_paused"
    await studio.later(won, 100 * DAY)
    await studio.report(DisputeWon("d1"))
    assert (await studio.see(won, studio.seller))["status"] == "in_progress"
    assert (await studio.do(studio.seller, won, "deliveries"))["status"] == "delivered"
    await studio.ensure_right()

    lost = await studio.delivered()
    await studio.report(DisputeOpened("d2", 4000), DisputeLost("d2"))
    assert (await studio.see(lost))["status"] == "cancelled"
    await studio.ensure_right()


async def test_a_seller_refunds_and_a_buyer_does_not(studio):
    commission_id = await studio.begun()
    stems = await make.cloud_file(studio.services, studio.buyer, "stems.zip", b"stems")
    await studio.do(studio.buyer, commission_id, "messages", "Stems.", file_ids=[str(stems.id)])
    mix = await make.cloud_file(studio.services, studio.seller, "mix.wav", b"mix")
    sent = await studio.do(studio.seller, commission_id, "deliveries", file_ids=[str(mix.id)])
    path = f"marketplace/orders/{studio.order_ids[-1]}/refund"
    form = {"reason": "Changed my mind"}
    refused = await studio.client.post(path, json=form, headers=studio.buyer.headers)
    assert refused.json()["code"] == "service_commissioned"
    made = await studio.client.post(path, json=form, headers=studio.seller.headers)
    assert made.status_code == 200, made.text
    await studio.go_on()
    ended = await studio.see(commission_id)
    assert ended["status"] == "cancelled"
    # With the money the buyer gives back what was delivered, and nothing else.
    names = [file["name"] for entry in ended["entries"] for file in entry["files"]]
    assert names == ["stems.zip"]
    url = sent["entries"][-1]["files"][0]["url"]
    answers = [
        await studio.client.get(url, headers=each.headers) for each in (studio.buyer, studio.seller)
    ]
    assert [each.status_code for each in answers] == [404, 200]
    await studio.do(studio.buyer, accepted := await studio.delivered(), "accept")
    path = f"marketplace/orders/{studio.order_ids[-1]}/refund"
    refused = await studio.client.post(path, json=form, headers=studio.buyer.headers)
    assert refused.json()["code"] == "service_commissioned"
    made = await studio.client.post(path, json=form, headers=studio.seller.headers)
    await studio.go_on()
    assert (await studio.see(accepted))["status"] == "cancelled"
    await studio.ensure_right()


async def test_a_service_is_bought_again_but_not_by_guests_nor_as_a_gift(studio):
    first, second = await studio.buy(), await studio.buy()
    assert first != second
    form = {"items": [{"product_id": str(studio.product_id)}]}
    quoted = await studio.client.post("marketplace/quotes", json=form)
    assert (quoted.status_code, quoted.json()["code"]) == (403, "service_needs_account")
    guest = await studio.order(email="ann@veza.test", language="en")
    assert guest.json()["code"] == "service_needs_account"
    gift = {"recipient_email": "ann@veza.test", "sender_name": "Jon"}
    item = {"product_id": str(studio.product_id), "gift": gift}
    given = await studio.order(studio.buyer, items=[item])
    assert given.json()["code"] == "service_not_given"
    await studio.do(studio.buyer, first, "cancel")
    await studio.go_on()
    assert (await studio.see(second))["status"] == "brief"
    page = await studio.client.get("commissions?role=buyer&limit=1", headers=studio.buyer.headers)
    assert [each["id"] for each in page.json()["data"]["commissions"]] == [second]
    rest = await studio.client.get(
        f"commissions?role=buyer&cursor={page.json()['data']['next_cursor']}",
        headers=studio.buyer.headers,
    )
    assert [each["id"] for each in rest.json()["data"]["commissions"]] == [first]
    sold = await studio.client.get("commissions?role=seller", headers=studio.seller.headers)
    assert len(sold.json()["data"]["commissions"]) == 2
    await studio.ensure_right()


async def test_a_free_service_that_is_cancelled_gives_back_its_licence_and_its_unit(studio):
    sql = "update products set price_cents = 0, stock = 1 where id = $1"
    async with studio.services.database.transaction() as tx:
        await tx.run(sql, studio.product_id)
    first = await studio.begun()
    assert (await studio.order(studio.buyer)).json()["code"] == "sold_out"
    cancelled = await studio.do(studio.seller, first, "cancel")
    assert (cancelled["status"], cancelled["steps"]) == ("cancelled", [])
    await studio.ensure_right()
    sql = "select stock - sales_count from products where id = $1"
    async with studio.services.database.read() as conn:
        assert await conn.value(int, sql, studio.product_id) == 1
    second = await studio.begun()
    again = await studio.do(studio.buyer, first, "messages")
    assert (again, (await studio.see(second))["status"]) == (
        *("commission_step_not_allowed", "in_progress"),
    )
    await studio.ensure_right()


async def test_files_of_others_and_too_many_words_are_refused(studio):
    commission_id = await studio.buy()
    other = await make.cloud_file(studio.services, studio.seller, "secret.wav", b"secret")
    for form, code in (
        ({"file_ids": [str(other.id)]}, "file_not_found"),
        ({"file_ids": [str(new_id())]}, "file_not_found"),
        ({"words": "  "}, "invalid_input"),
        ({"words": "x" * 2001}, "invalid_input"),
    ):
        assert await studio.do(studio.buyer, commission_id, "brief", **form) == code
    own = await make.cloud_file(studio.services, studio.buyer, "own.wav", b"own")
    other = await make.cloud_file(studio.services, studio.buyer, "other.wav", b"other")
    for sent in ([own, other], [other, own]):
        form = {"file_ids": [str(each.id) for each in sent]}
        said = await studio.do(studio.buyer, commission_id, "messages", **form)
        names = [each["name"] for each in said["entries"][-1]["files"]]
        assert names == [each.name for each in sent]
    twice = {"file_ids": [str(own.id)] * 2}
    assert await studio.do(studio.buyer, commission_id, "brief", **twice) == "invalid_input"
    sql = """
        insert into commission_entries (id, commission_id, kind, party, words)
        select gen_random_uuid(), $1, 'message', party, ''
          from generate_series(1, 250), unnest($2::text[]) as party
    """
    async with studio.services.database.transaction() as tx:
        await tx.run(sql, commission_id, ["seller"])
    assert (await studio.do(studio.buyer, commission_id, "messages"))["status"] == "brief"
    assert (
        await studio.do(studio.seller, commission_id, "messages") == "too_many_commission_entries"
    )
    async with studio.services.database.transaction() as tx:
        await tx.run(sql, commission_id, ["buyer"])
    assert await studio.do(studio.buyer, commission_id, "messages") == "too_many_commission_entries"
    # What decides goes on, however much was written.
    for by, step in (
        (studio.buyer, "brief"),
        (studio.seller, "deliveries"),
        (studio.buyer, "dispute"),
    ):
        done = await studio.do(by, commission_id, step)
    assert done["status"] == "disputed"


@pytest.mark.long
@pytest.mark.parametrize("leaves", ["buyer", "seller"])
async def test_erasing_a_party_ends_what_is_open_and_keeps_what_was_delivered(studio, leaves):
    mix = await make.cloud_file(studio.services, studio.seller, "mix.wav", b"mix one")
    kept = await studio.begun()
    delivered = await studio.do(studio.seller, kept, "deliveries", "Here.", file_ids=[str(mix.id)])
    await studio.do(studio.buyer, kept, "accept")
    silent, working = [await studio.buy(), await studio.begun()]
    answered, revised = [await studio.delivered(), await studio.delivered()]
    disputed = await studio.delivered()
    await studio.do(studio.buyer, revised, "revision")
    await studio.do(studio.buyer, disputed, "dispute")
    preview = await studio.client.get(
        "users/me/deletion/preview", headers=getattr(studio, leaves).headers
    )
    async with studio.services.database.transaction() as tx:
        if leaves == "seller":
            with pytest.raises(OpenBalance):
                await erase(tx, PERSONAL_DATA, studio.seller.member.id)
        # Where the money of the sandbox keeps nobody.
        modes = [MoneyMode.LIVE]
        leaving = getattr(studio, leaves).member.id
        await erase(tx, PERSONAL_DATA, leaving, balance_modes=modes)
    await studio.go_on()
    stays = studio.seller if leaves == "buyer" else studio.buyer
    left = (kept, silent, working, answered, revised, disputed)
    statuses = [(await studio.see(each, stays))["status"] for each in left]
    ended = ["accepted", "accepted", "disputed"] if leaves == "buyer" else ["cancelled"] * 3
    assert statuses == ["accepted", "cancelled", "cancelled", *ended]
    assert preview.json()["data"]["services"] == {
        "cancelled": statuses.count("cancelled"),
        "accepted": statuses.count("accepted") - 1,
        "disputed": statuses.count("disputed"),
    }
    shown = await studio.see(kept, stays)
    [delivery] = [each for each in shown["entries"] if each["kind"] == "delivery"]
    assert delivery["words"] == ("Here." if leaves == "buyer" else "")
    url = delivered["entries"][-1]["files"][0]["url"]
    assert (await studio.client.get(url, headers=stays.headers)).content == b"mix one"
    if leaves == "buyer":
        admin = await make.person(studio.services, Role.ADMIN)
        await let_proofs_age(studio.services, admin.id, -11)
        decided = await studio.client.post(
            f"admin/commissions/{disputed}/decision",
            json={"outcome": "refund", "words": "Nothing was agreed."},
            headers=admin.headers,
        )
        assert decided.status_code == 200, decided.text
        await studio.go_on()
        assert (await studio.see(disputed, stays))["status"] == "cancelled"
    await studio.ensure_right()
