"""Products over HTTP: who may make, change, see and withdraw them, and what is refused."""

import asyncio
from uuid import uuid4

import pytest

from tests import make
from tests.domains.marketplace.products.forms_steps import FORM, ordered
from veza.core.access import Role
from veza.core.money import MAX_CENTS


def path_of(product_id):
    return f"marketplace/products/{product_id}"


async def change(client, person, product_id, **said):
    return await client.put(path_of(product_id), headers=person.headers, json=said)


async def test_a_new_product_is_a_draft_with_its_attributes(client, create, seller):
    product = await create(title="  Night \n Ferry ", description="Eight pieces.")

    assert product["title"] == "Night Ferry"
    assert (product["status"], product["published_at"]) == ("draft", None)
    assert (product["price_cents"], product["currency"]) == (1200, "EUR")
    assert (product["type"], product["licence"]) == ("album", "Personal use.")
    assert product["seller"] == make.shown(seller)
    assert (product["rating_average"], product["reviews_count"]) == (None, 0)
    assert (product["files"], product["sales_count"]) == ([], 0)
    answer = await client.get(path_of(product["id"]), headers=seller.headers)
    assert answer.json()["data"] == product


@pytest.mark.parametrize("role", [Role.USER, Role.MODERATOR])
async def test_only_creators_make_products(client, services, role):
    person = await make.person(services, role)
    answer = await client.post("marketplace/products", headers=person.headers, json=FORM)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\0b"}, None),
        ({"description": "x" * 5001}, "description"),
        ({"licence": "x" * 5001}, "licence"),
        ({"type": "poster"}, "type"),
        ({"price_cents": -1}, "price_cents"),
        ({"price_cents": 1}, "price_cents"),
        ({"price_cents": 49}, "price_cents"),
        ({"price_cents": MAX_CENTS + 1}, "price_cents"),
        ({"price_cents": 12.5}, "price_cents"),
        ({"price_cents": "1200"}, "price_cents"),
        ({"price_cents": None}, "price_cents"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "JPY"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"track_id": "none"}, "track_id"),
    ],
)
async def test_invalid_products_are_refused_with_the_field(client, seller, create, said, field):
    product = await create()
    for answer in (
        await client.post("marketplace/products", headers=seller.headers, json=FORM | said),
        await change(client, seller, product["id"], **said),
    ):
        assert answer.status_code == 400, answer.text
        if field is not None:
            assert [fault["field"] for fault in answer.json()["details"]] == [field]


@pytest.mark.parametrize("price", [0, 50, MAX_CENTS])
async def test_prices_are_zero_or_at_least_fifty_cents(create, price):
    assert (await create(price_cents=price))["price_cents"] == price


async def test_any_text_is_stored(create):
    for text in ("Vögel im Käfig 🎛", "夜のフェリー", "'; drop table products;--", "%_\\"):
        product = await create(title=text, description=text, licence=text)
        assert {product[name] for name in ("title", "description", "licence")} == {text}


async def test_omitted_fields_stay(client, seller, create):
    product = await create(description="Eight pieces.")

    changed = (await change(client, seller, product["id"], price_cents=0)).json()["data"]

    assert changed == product | {"price_cents": 0}


async def test_a_published_product_is_seen_with_its_files(client, seller, create, upload):
    product = await create()
    await upload(product["id"])

    published = (await change(client, seller, product["id"], status="published")).json()["data"]

    assert published["status"] == "published"
    assert published["published_at"] is not None
    assert [file["name"] for file in published["files"]] == ["Side A.wav"]
    seen = (await client.get(path_of(product["id"]))).json()["data"]
    assert seen["files"] == published["files"]
    assert "sales_count" not in seen
    assert "track_id" not in seen


async def test_a_product_may_be_published_at_once_and_get_its_files_later(client, create, upload):
    product = await create(status="published")
    assert (product["status"], product["files"]) == ("published", [])
    assert product["published_at"] is not None

    await upload(product["id"])

    seen = (await client.get(path_of(product["id"]))).json()["data"]
    assert [file["name"] for file in seen["files"]] == ["Side A.wav"]


async def test_the_first_publication_time_stays(client, seller, create):
    product = await create(type="service")
    first = (await change(client, seller, product["id"], status="published")).json()["data"]
    for status in ("withdrawn", "published", "draft", "published"):
        answer = (await change(client, seller, product["id"], status=status)).json()["data"]
        assert (answer["status"], answer["published_at"]) == (status, first["published_at"])


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
async def test_unpublished_products_are_not_found_by_others(client, services, other, add, status):
    product_id = await add(status=status)
    moderator = await make.person(services, Role.MODERATOR)
    for viewer in (None, other, moderator):
        answer = await client.get(path_of(product_id), headers=viewer.headers if viewer else {})
        assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")
    for answer in (
        await change(client, other, product_id, title="Mine"),
        await client.delete(path_of(product_id), headers=other.headers),
        await client.delete(f"{path_of(product_id)}/files/{uuid4()}", headers=other.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")


async def test_only_the_seller_changes_a_product(client, other, add, upload):
    product_id = await add()
    for answer in (
        await change(client, other, product_id, title="Mine"),
        await client.delete(path_of(product_id), headers=other.headers),
        await client.delete(f"{path_of(product_id)}/files/{uuid4()}", headers=other.headers),
        await upload(product_id, by=other),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_product")


async def test_unknown_products_are_not_found(client, seller, upload):
    for answer in (
        await client.get(path_of(uuid4())),
        await change(client, seller, uuid4(), title="Gone"),
        await client.delete(path_of(uuid4()), headers=seller.headers),
        await upload(uuid4()),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")
    assert (await client.get("marketplace/products/12")).status_code == 404


async def test_a_product_without_orders_is_deleted_with_its_files(
    client, seller, create, upload, stored, work
):
    product = await create()
    file_id = (await upload(product["id"])).json()["data"]["id"]
    assert file_id in stored()

    answer = await client.delete(path_of(product["id"]), headers=seller.headers)

    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == "withdrawn"
    assert (await client.get(path_of(product["id"]), headers=seller.headers)).status_code == 404
    await work()
    assert file_id not in stored()


async def test_an_ordered_product_is_withdrawn_and_stays(
    client, services, seller, create, upload, stored, work
):
    product = await create()
    file_id = (await upload(product["id"])).json()["data"]["id"]
    await change(client, seller, product["id"], status="published")
    await ordered(services, product["id"])

    for _ in range(2):
        answer = await client.delete(path_of(product["id"]), headers=seller.headers)
        assert (answer.status_code, answer.json()["data"]["status"]) == (200, "withdrawn")

    await work()
    assert file_id in stored()
    assert (await client.get(path_of(product["id"]))).status_code == 404
    mine = (await client.get(path_of(product["id"]), headers=seller.headers)).json()["data"]
    assert [file["id"] for file in mine["files"]] == [file_id]
    back = await change(client, seller, product["id"], status="published")
    assert back.status_code == 200


async def test_concurrent_deletions_delete_once(client, seller, create, count):
    product = await create()
    answers = await asyncio.gather(
        *(client.delete(path_of(product["id"]), headers=seller.headers) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]
    sql = """
        select count(*)
          from jobs
         where name = 'DeleteFolders'
           and position($1 in convert_from(payload, 'utf8')) > 0
    """
    assert await count(sql, product["id"]) == 1


async def test_a_product_can_have_a_track_of_its_seller(client, services, seller, create):
    async with services.database.transaction() as tx:
        shown = await make.bare_track(tx, seller.member, "Night Ferry")
        private = await make.bare_track(tx, seller.member, "Unheard", visibility="private")
    product = await create(type="service", track_id=str(shown))
    assert product["track"]["title"] == "Night Ferry"
    assert product["track_id"] == str(shown)

    changed = (await change(client, seller, product["id"], track_id=str(private))).json()["data"]
    assert (changed["track"], changed["track_id"]) == (None, str(private))
    changed = (await change(client, seller, product["id"], track_id=None)).json()["data"]
    assert changed["track_id"] is None


async def test_a_product_outlives_its_track(client, services, seller, create):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, seller.member, "Night Ferry")
    product = await create(track_id=str(track_id))
    await client.delete(f"tracks/{track_id}", headers=seller.headers)

    kept = (await client.get(path_of(product["id"]), headers=seller.headers)).json()["data"]

    assert (kept["track"], kept["track_id"]) == (None, None)


async def test_a_track_of_another_member_is_refused(client, services, seller, other, create):
    async with services.database.transaction() as tx:
        shown = await make.bare_track(tx, other.member, "Theirs")
        private = await make.bare_track(tx, other.member, "Theirs", visibility="private")
    product = await create()
    for track_id, status, code in (
        (shown, 403, "not_your_track"),
        (private, 404, "track_not_found"),
        (uuid4(), 404, "track_not_found"),
    ):
        form = FORM | {"track_id": str(track_id)}
        for answer in (
            await client.post("marketplace/products", headers=seller.headers, json=form),
            await change(client, seller, product["id"], track_id=str(track_id)),
        ):
            assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_product_can_be_reported_and_a_ban_hides_it(client, services, add, other, seller):
    product_id = await add("Stolen")
    form = {"content_type": "product", "content_id": str(product_id), "reason": "My song."}

    answer = await client.post("reports", headers=other.headers, json=form)

    assert answer.status_code == 201, answer.text
    own = await client.post("reports", headers=seller.headers, json=form)
    assert (own.status_code, own.json()["code"]) == (409, "own_content")
    admin = await make.person(services, Role.ADMIN)
    path = f"admin/reports/{answer.json()['data']['id']}"
    shown = (await client.get(path, headers=admin.headers)).json()["data"]
    assert (shown["evidence"]["title"], shown["evidence"]["price_cents"]) == ("Stolen", 1200)
    verdict = {"action": "ban", "reason": "Fraud."}
    judged = await client.post(f"{path}/resolve", headers=admin.headers, json=verdict)
    assert judged.status_code == 200, judged.text
    assert (await client.get(path_of(product_id))).status_code == 404
    assert (await client.post("reports", headers=other.headers, json=form)).status_code == 404
