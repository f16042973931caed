"""People buy with an address: no account is made, and the mailed link is all that they need."""

import asyncio

import pytest

from tests import make
from tests.domains.auth.accounts.people import open_client, registration, sign_in
from tests.domains.auth.recovery.mails import read_mails, subjects
from tests.domains.marketplace.guests.guest_steps import (
    GUEST_ORDERS,
    address,
    cart,
    links,
    mail_texts,
    pay,
    place,
    show,
    verify_address,
)
from tests.support.addresses import own_address
from veza.cli.members import erase_guest_of
from veza.core.access import Role
from veza.core.addresses import network_of
from veza.core.ids import new_id
from veza.domains.marketplace.codes import invariants as codes
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants as orders
from veza.domains.marketplace.orders import jobs as order_jobs
from veza.domains.marketplace.orders.service import guest_orders
from veza.domains.platform.mail.rules.limits import (
    MAIL_WINDOW_S,
    MAX_MAILS_TO_ADDRESS,
    mail_count_key,
)

GONE = (404, "order_not_found")


def said(answer):
    return answer.status_code, answer.json().get("code")


async def ensure_right(services, *things):
    """Ask `veza ledger verify` about orders and codes, and what it says of these things."""
    async with services.database.read() as conn:
        found = await ledger.find_violations(conn, {**orders.INVARIANTS, **codes.INVARIANTS})
    ids = [str(each) for each in things]
    assert [each for each in found if any(one in each.where for one in ids)] == []


async def count(services, sql, *values):
    async with services.database.read() as conn:
        return await conn.value(int, f"select count(*) {sql}", *values)


@pytest.fixture
async def bought(client, services, product_id, work_on):
    """A paid order of a guest, with the address and the mailed link."""
    email = address()
    made = await place(client, cart(email, product_id), str(new_id()))
    assert (await pay(client, made)).status_code == 202
    await work_on()
    return made, email, links(services, email)[0]


async def test_an_address_buys_and_the_mailed_link_opens_everything(
    client, services, seller, product_id, work_on
):
    email, content = address(), b"wave" * 100
    await make.product_file(services, seller, product_id, content)
    billing = {"name": "Maren Example", "address": None, "country": "NO", "vat_id": None}
    made = await place(client, cart(email, product_id, billing=billing, language="fr"))
    assert (made["status"], made["billing"]) == ("pending", billing)
    assert said(await show(client, made["token"], "downloads")) == (409, "order_not_paid")
    assert said(await show(client, made["token"], "invoice")) == (409, "order_not_paid")
    assert links(services, email) == []
    assert (await pay(client, made)).status_code == 202
    await work_on()

    (token,) = links(services, email)
    assert token == made["token"]
    (mail,) = read_mails(services, email)
    assert "Ta commande" in mail["Subject"]
    assert "Night Ferry" in mail_texts(services, email)[0]
    answer = await show(client, token)
    shown = answer.json()["data"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert (shown["status"], shown["opens"], shown["is_claimed"]) == ("paid", True, False)
    assert shown["sent_to"] == f"{email[0]}…@example.com"
    assert email not in answer.text
    [file] = (await show(client, token, "downloads")).json()["data"]["downloads"]
    assert (await client.get(file["url"])).content == content
    invoice = await show(client, token, "invoice")
    assert invoice.content.startswith(b"%PDF")
    assert await count(services, "from users where email = $1", email) == 0
    await ensure_right(services, made["id"], product_id)


async def test_a_guest_tips_reads_thanks_claims_it_and_is_forgotten(
    client, services, app, seller, work_on
):
    async with services.database.transaction() as tx:
        await make.tip_jar(tx, seller.member, thanks="See you on tour.")
    email = address()
    tip = {"profile_id": str(seller.id), "amount_cents": 700, "message": "Encore!"}
    form = {"email": email, "tips": [tip], "language": "de"}
    made = await place(client, form, str(new_id()))
    assert (made["total_cents"], made["items"][0]["thanks"]) == (700, None)
    again = await place(client, form)
    assert again["id"] == made["id"]
    assert (await pay(client, made)).status_code == 202
    await work_on()
    [text] = mail_texts(services, email)
    assert f"Trinkgeld für {seller.username}" in text
    shown = (await show(client, links(services, email)[0])).json()["data"]
    [item] = shown["items"]
    assert (item["kind"], item["thanks"], item["message"]) == ("tip", "See you on tour.", "Encore!")
    answer = await client.get("marketplace/tips", headers=seller.headers)
    [got] = answer.json()["data"]["tips"]
    assert (got["giver"], got["is_guest"], got["message"]) == (None, True, "Encore!")
    assert email not in answer.text
    await erase_guest_of(services, email)
    [got] = (await client.get("marketplace/tips", headers=seller.headers)).json()["data"]["tips"]
    assert (got["message"], got["amount_cents"]) == (None, 700)
    await ensure_right(services, made["id"])


async def test_what_is_free_is_delivered_by_mail_alone(client, services, seller, work_on):
    async with services.database.transaction() as tx:
        free = await make.product(tx, seller.member, "Demo", price_cents=0)
    email = address()
    made = await place(client, cart(email, free))
    assert (made["status"], made["token"], made["payment"]) == ("paid", None, None)
    await work_on()
    (token,) = links(services, email)
    assert (await show(client, token)).json()["data"]["items"][0]["title"] == "Demo"


async def test_without_an_address_an_account_is_needed(client, product_id):
    form = {"items": [{"product_id": str(product_id)}]}
    assert said(await client.post("marketplace/orders", json=form)) == (401, "unauthenticated")
    for wrong in ("no address", "Ärger@example.com"):
        answer = await client.post("marketplace/orders", json=form | {"email": wrong})
        assert said(answer) == (400, "invalid_input")
    redeemed = await client.post("marketplace/codes/redeem", json={"code": "A" * 20})
    assert said(redeemed) == (401, "unauthenticated")


async def test_double_clicks_and_two_tabs_make_one_order(services, app, client, product_id):
    """Tabs share a key; without one it is the cart. A stranger who sends the same can only pay."""
    email, key = address(), str(new_id())
    form = cart(email, product_id, billing={"name": "Maren", "address": None, "country": None})
    first, again = await asyncio.gather(place(client, form, key), place(client, form, key))
    assert (first["id"], first["token"]) == (again["id"], again["token"])
    other_tab, guessed = await asyncio.gather(place(client, form), place(client, form, "k"))
    assert {other_tab["id"], guessed["id"]} == {first["id"]}
    assert other_tab["token"] == guessed["token"] != first["token"]
    assert other_tab["billing"] is None

    answer = await show(client, other_tab["token"])
    assert (answer.json()["data"]["opens"], answer.json()["data"]["billing"]) == (False, None)
    assert (await pay(client, other_tab)).status_code == 202
    for below in ("downloads", "invoice"):
        refused = await show(client, other_tab["token"], below)
        assert said(refused) == (403, "mailed_link_needed")
    revoked = await client.delete(f"{GUEST_ORDERS}/{other_tab['token']}")
    assert said(revoked) == (403, "mailed_link_needed")
    refund = f"{GUEST_ORDERS}/{other_tab['token']}/refund"
    assert said(await client.post(refund, json={"reason": "Mine"})) == (403, "mailed_link_needed")

    other = await client.post(
        "marketplace/orders", json=form | {"language": "de"}, headers={"Idempotency-Key": key}
    )
    assert said(other) == (422, "idempotency_key_reused")
    async with open_client(services, app) as elsewhere:
        assert (await place(elsewhere, form))["id"] != first["id"]
    assert (await place(client, cart(address(), product_id), key))["id"] != first["id"]


async def test_prices_are_compared_as_for_members(client, product_id):
    form = cart(address(), product_id)
    form["items"][0]["price_cents"] = 1
    assert said(await client.post("marketplace/orders", json=form)) == (409, "price_changed")


async def test_links_can_neither_be_guessed_nor_used_for_another_order(client, bought, product_id):
    made, _, token = bought
    other = await place(client, cart(address(), product_id))
    crossed = other["token"][:21] + token[21:]
    for wrong in (crossed, token[:-1], token + "A", "A" * 54, "ü", made["id"]):
        assert said(await show(client, wrong)) == GONE
    assert (await pay(client, made, token=other["token"])).status_code == 404
    assert (await pay(client, made, token="A" * 54)).status_code == 404
    assert said(await pay(client, made, token=None)) == (401, "unauthenticated")
    assert said(await client.get(f"marketplace/orders/{made['id']}")) == (401, "unauthenticated")


async def test_a_link_is_replaced_by_mail(client, services, bought, work_on):
    _, email, token = bought
    answer = await client.delete(f"{GUEST_ORDERS}/{token}")
    assert answer.status_code == 200
    await work_on()
    former, new = links(services, email)
    assert former == token != new
    assert said(await show(client, token)) == GONE
    assert (await show(client, new)).status_code == 200


@pytest.mark.long
async def test_links_are_sent_again_without_telling_who_ordered(
    services, app, client, bought, product_id, work_on
):
    _, email, token = bought
    second = await place(client, cart(email, product_id), str(new_id()))
    await pay(client, second)
    await work_on()
    nobody = address()
    answers = [
        await client.post(f"{GUEST_ORDERS}/resend", json={"email": each})
        for each in (email.upper().replace("EXAMPLE.COM", "example.com"), email, nobody)
    ]
    await work_on()
    assert {(each.status_code, each.text) for each in answers} == {(202, answers[0].text)}
    mailed = mail_texts(services, email)[-1]
    assert token in mailed
    assert second["token"] in mailed
    assert read_mails(services, nobody) == []
    # From all networks together, an address gets a few.
    key = mail_count_key("guest_links", email)
    await services.counters.add(key, MAIL_WINDOW_S, times=MAX_MAILS_TO_ADDRESS)
    before = len(read_mails(services, email))
    async with open_client(services, app) as other:
        await other.post(f"{GUEST_ORDERS}/resend", json={"email": email})
    await work_on()
    assert len(read_mails(services, email)) == before


async def test_strangers_order_and_ask_a_limited_number_of_times(services, app, product_id):
    home = own_address()
    network, most = network_of(home), guest_orders.MAX_FROM_NETWORK
    await services.counters.add(f"guest-orders:{network}", guest_orders.WINDOW_S, times=most - 2)
    await services.counters.add(f"guest-links:{network}", MAIL_WINDOW_S, times=19)
    form = cart(address(), product_id)
    async with open_client(services, app, address=home) as flood:
        answers = [await flood.post("marketplace/orders", json=form) for _ in range(3)]
        asked = [
            await flood.post(f"{GUEST_ORDERS}/resend", json={"email": address()}) for _ in range(2)
        ]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert said(answers[-1]) == (429, "too_many_guest_orders")
    assert await count(services, "from guest_orders where email = $1", form["email"]) == 1
    assert [each.status_code for each in asked] == [202, 429]


@pytest.mark.long
async def test_an_address_that_is_ordered_with_can_sign_up_and_gets_its_orders(
    client, services, bought, product_id, work_on
):
    """No half-account is in the way; all orders are claimed when the address is verified."""
    made, email, token = bought
    open_order = await place(client, cart(email, product_id), str(new_id()))
    wished = registration(email=email.replace("g", "G", 1))
    assert (await client.post("auth/register", json=wished)).status_code == 201
    await work_on()
    signed_in = (await sign_in(client, email, wished["password"])).json()["data"]
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}

    async def own():
        answer = await client.get("marketplace/orders", headers=headers)
        return {each["id"]: each["status"] for each in answer.json()["data"]["orders"]}

    assert await own() == {}
    await verify_address(client, services, wished["email"])
    assert await own() == {made["id"]: "paid", open_order["id"]: "pending"}
    assert (await show(client, token)).json()["data"]["is_claimed"]
    await pay(client, open_order)
    await work_on()
    # What was bought twice is paid twice, and nobody is told.
    assert await own() == {made["id"]: "paid", open_order["id"]: "paid"}
    await ensure_right(services, made["id"], open_order["id"], product_id)

    later = await place(client, cart(email, product_id), str(new_id()))
    await pay(client, later)
    await work_on()
    assert len(await own()) == 3
    await ensure_right(services, later["id"], open_order["id"], product_id)

    # Each of the copies takes the place of one that is returned.
    for each in (made, later, open_order):
        purchase = f"marketplace/products/{product_id}/purchase"
        assert not (await client.get(purchase, headers=headers)).json()["data"]["purchase"][
            "is_refunded"
        ]
        path = f"marketplace/orders/{each['id']}/refund"
        answer = await client.post(path, json={"reason": "Twice"}, headers=headers)
        assert answer.status_code == 200, answer.text
        await work_on()
        await ensure_right(services, made["id"], later["id"], open_order["id"], product_id)
    assert (await client.get(purchase, headers=headers)).json()["data"]["purchase"]["is_refunded"]


@pytest.mark.long
async def test_an_order_and_the_verification_of_its_address_may_meet(
    client, services, product_id, work_on
):
    """Whichever is first, the account has the order afterwards."""
    orders_made: list[str] = []
    for _ in range(2):
        email = address()
        wished = registration(email=email)
        assert (await client.post("auth/register", json=wished)).status_code == 201
        made = await place(client, cart(email, product_id), str(new_id()))
        await work_on()

        async def buy(made=made):
            await pay(client, made)
            await work_on()

        await asyncio.gather(buy(), verify_address(client, services, email))
        await work_on()
        sql = "from orders o join users u on u.id = o.buyer_id where o.id = $1 and u.email = $2"
        assert await count(services, sql, made["id"], email) == 1
        orders_made.append(made["id"])
    await ensure_right(services, product_id, *orders_made)


async def test_who_sells_it_does_not_get_their_own_product_by_another_way(
    client, services, seller, product_id, work_on
):
    """Nobody is told that an address is the seller's; the order stays with its link."""
    async with services.database.transaction() as tx:
        sql = "update users set email_verified_at = now() where id = $1 returning email"
        email = await tx.value(str, sql, seller.id)
    made = await place(client, cart(email, product_id))
    await pay(client, made)
    await work_on()
    shown = (await show(client, made["token"])).json()["data"]
    assert (shown["status"], shown["is_claimed"]) == ("paid", False)


async def test_a_guest_is_refunded_and_told(client, services, bought, product_id, work_on):
    made, email, token = bought
    wish = {"reason": "It was for another", "details": "Sorry."}
    answer = await client.post(f"{GUEST_ORDERS}/{token}/refund", json=wish)
    assert answer.status_code == 200, answer.text
    await work_on()
    assert (await show(client, token)).json()["data"]["status"] == "refunded"
    assert said(await show(client, token, "downloads")) == (409, "order_not_paid")
    assert [subject.partition(" at ")[0] for subject in subjects(services, email)] == [
        "Your order",
        "A refund of your order",
    ]
    await ensure_right(services, made["id"], product_id)


async def test_sellers_see_a_guest_and_staff_sees_the_address(client, services, bought, seller):
    made, email, _ = bought
    [sale] = (await client.get("sell/orders", headers=seller.headers)).json()["data"]["orders"]
    assert (sale["id"], sale["buyer"], sale["is_guest"]) == (made["id"], None, True)
    for path in ("sell/orders", "sell/invoices", "marketplace/statements?month=2026-01"):
        assert email not in (await client.get(path, headers=seller.headers)).text
    admin = await make.person(services, Role.ADMIN)
    listed = (await client.get("admin/orders", headers=admin.headers)).json()["data"]["orders"]
    assert listed[0]["guest_email"] == email


async def test_a_code_is_redeemed_for_an_address(client, services, seller, product_id, work_on):
    async with services.database.transaction() as tx:
        batch = await make.code_batch(tx, seller.member, product_id, count=2)
    email = address()
    body = {"code": batch.codes[0], "email": email}
    made, again = [
        (await client.post("marketplace/codes/redeem", json=body)).json()["data"] for _ in range(2)
    ]
    assert (made["id"], made["token"], made["status"]) == (again["id"], None, "paid")
    used = await client.post("marketplace/codes/redeem", json=body | {"email": address()})
    assert said(used) == (409, "code_used")
    wrong = [
        await client.post("marketplace/codes/redeem", json=body | {"code": "Z" * 20})
        for _ in range(11)
    ]
    assert said(wrong[0]) == (404, "code_not_found")
    assert said(wrong[-1]) == (429, "too_many_codes")
    await work_on()
    (token,) = links(services, email)
    assert (await show(client, token)).json()["data"]["total_cents"] == 0
    await ensure_right(services, made["id"], product_id)


@pytest.mark.long
async def test_a_release_is_preordered_delivered_and_downloaded_by_the_link(
    client, services, seller, work_on
):
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, seller.member, "Low Tide")
        release = await make.release(tx, seller.member, "Two Shores", track)
        sql = "update releases set publish_at = now() + interval '1 day' where id = $1"
        await tx.run(sql, release)
        product_id = await make.product(tx, seller.member, "Two Shores", release_id=release)
    email = address()
    made = await place(client, cart(email, product_id))
    await pay(client, made)
    await work_on()
    token = made["token"]
    archives = "archives", str(product_id)
    assert said(await show(client, token, "downloads")) == (409, "not_delivered")
    assert said(await show(client, token, *archives)) == (409, "not_delivered")
    async with services.database.transaction() as tx:
        sql = """
            update releases set visibility = 'public', publish_at = null, release_date = null
             where id = $1
        """
        await tx.run(sql, release)
    await order_jobs.deliver_preorders(services.database)
    await work_on()
    assert [subject.partition(" at ")[0] for subject in subjects(services, email)] == [
        "Your order",
        "Your pre-order",
    ]
    offered = await show(client, token, *archives)
    assert offered.status_code == 200, offered.text
    assert said(await show(client, token, "archives", str(new_id()))) == (403, "product_not_bought")


async def test_the_address_of_a_guest_is_erased_and_the_sale_stays(
    client, services, bought, product_id, work_on
):
    made, email, token = bought
    told = await erase_guest_of(services, email)
    assert "1 orders" in told
    await work_on()
    assert said(await show(client, token)) == GONE
    assert read_mails(services, email) == []
    assert await count(services, "from guest_orders where email = $1", email) == 0
    assert await count(services, "from orders where id = $1 and billing is null", made["id"]) == 1
    assert "Nothing" in await erase_guest_of(services, email)
    await ensure_right(services, made["id"], product_id)


async def test_the_addresses_of_orders_that_are_never_paid_are_forgotten(
    client, services, product_id
):
    made = await place(client, cart(address(), product_id))
    sql = """
        update orders
           set status = 'cancelled', poll_at = null, expires_at = now() - $2::interval
         where id = $1
    """
    for age, left in (("29 days", 1), ("31 days", 0)):
        async with services.database.transaction() as tx:
            await tx.run(sql.replace("$2", f"'{age}'"), made["id"])
        await order_jobs.forget_abandoned(services.database)
        assert await count(services, "from guest_orders where order_id = $1", made["id"]) == left
    await ensure_right(services, made["id"], product_id)
