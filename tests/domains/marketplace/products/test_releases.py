"""Products that are releases: whose, which of them are shown, and what becomes of deleted ones."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests import make
from veza.core.access import Role
from veza.core.clock import now
from veza.core.visibility import Visibility
from veza.domains.marketplace.orders.errors import ProductNotBought, ProductWithoutRelease
from veza.domains.marketplace.orders.service import purchases
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.products.queries import search
from veza.domains.music.releases.service import releases


@pytest.fixture
def release_of(services):
    """Commit a release with a track: `await release_of(person, visibility=…)`."""

    async def make_release(person, title="Night Ferry", **fields):
        fields.setdefault("visibility", Visibility.PUBLIC)
        async with services.database.transaction() as tx:
            track_id = await make.bare_track(tx, person, "Prelude")
            return await make.release(tx, person.member, title, track_id, **fields)

    return make_release


async def test_a_product_shows_its_release(client, create, seller, release_of):
    release_id = await release_of(seller)

    product = await create(release_id=str(release_id), status="published")

    assert product["release_id"] == str(release_id)
    response = await client.get(f"marketplace/products/{product['id']}")
    shown = response.json()["data"]
    assert "release_id" not in shown
    assert shown["release"] == {
        "id": str(release_id),
        "title": "Night Ferry",
        "artist_name": seller.username,
        "kind": "album",
        "release_date": None,
        "publish_at": None,
        "cover_url": None,
        "cover_palette": None,
        "cover_placeholder": None,
        "tracks_count": 1,
        "duration_seconds": 180.0,
    }
    assert shown["formats"] == ["original", "flac", "mp3_v0", "mp3_320", "aac", "opus"]
    assert (await create(status="published"))["formats"] == []
    # Lists have them where there are few: of what sells the same music.
    of_release = await client.get("marketplace/products", params={"release_id": str(release_id)})
    assert [each["formats"] for each in of_release.json()["data"]["products"]] == [shown["formats"]]
    of_all = await client.get("marketplace/products")
    assert all("formats" not in each for each in of_all.json()["data"]["products"])


async def test_a_seller_finds_the_product_of_a_release(client, create, seller, release_of):
    release_id = await release_of(seller, visibility=Visibility.PRIVATE)
    draft = await create(release_id=str(release_id), status="draft")
    await create(release_id=str(await release_of(seller, "Another")))

    query = {"release_id": str(release_id)}
    page = (await client.get("sell/products", params=query, headers=seller.headers)).json()["data"]

    assert [each["id"] for each in page["products"]] == [draft["id"]]
    assert page["total"] == 1


@pytest.mark.parametrize(
    ("visibility", "is_scheduled", "is_shown"),
    [("unlisted", False, True), ("private", True, True), ("private", False, False)],
)
async def test_a_private_release_is_shown_if_it_is_scheduled(
    client, create, seller, release_of, visibility, is_scheduled, is_shown
):
    publish_at = now() + timedelta(days=1) if is_scheduled else None
    release_id = await release_of(seller, visibility=Visibility(visibility), publish_at=publish_at)
    product = await create(release_id=str(release_id), status="draft")
    response = await client.put(
        f"marketplace/products/{product['id']}",
        headers=seller.headers,
        json={"status": "published"},
    )
    if not is_shown:
        assert (response.status_code, response.json()["code"]) == (409, "release_not_available")
        return
    shown = (await client.get(f"marketplace/products/{product['id']}")).json()["data"]
    assert shown["release"]["id"] == str(release_id)


async def test_only_own_releases_become_products(client, create, seller, other, release_of):
    product = await create()
    path = f"marketplace/products/{product['id']}"
    public, hidden = await release_of(other), await release_of(other, visibility=Visibility.PRIVATE)
    for release_id, status in [(public, 403), (hidden, 404), (uuid4(), 404)]:
        form = {"release_id": str(release_id)}
        response = await client.put(path, headers=seller.headers, json=form)
        assert (response.status_code, response.json()["code"]) == (
            status,
            {403: "not_your_release", 404: "release_not_found"}[status],
        )


async def test_a_release_is_an_album_and_excludes_a_track(
    client, create, seller, release_of, services
):
    release_id = str(await release_of(seller))
    product = await create(release_id=release_id)
    async with services.database.transaction() as tx:
        track_id = str(await make.bare_track(tx, seller, "Alone"))
    path = f"marketplace/products/{product['id']}"
    for form, field in [({"track_id": track_id}, "release_id"), ({"type": "track"}, "type")]:
        response = await client.put(path, headers=seller.headers, json=form)
        assert response.status_code == 400
        assert response.json()["details"][0]["field"] == field
    form = {"release_id": None, "type": "track", "track_id": track_id}
    response = await client.put(path, headers=seller.headers, json=form)
    assert response.json()["data"]["release_id"] is None


async def test_buyers_and_the_seller_get_the_release_of_a_product(
    services, create, seller, release_of
):
    release_id = await release_of(seller)
    product = await create(release_id=str(release_id), status="published")
    buyer, passer_by = await make.person(services), await make.person(services, Role.ADMIN)
    async with services.database.transaction() as tx:
        order_id = await make.bought(tx, buyer.member, product["id"])
        for person in (buyer, seller):
            assert await purchases.get_held_release(tx, product["id"], person.member) == release_id
        with pytest.raises(ProductNotBought):
            await purchases.get_held_release(tx, product["id"], passer_by.member)
        with pytest.raises(ProductNotFound):
            await purchases.get_held_release(tx, uuid4(), buyer.member)
        await releases.delete_release(tx, release_id, seller.member)
        with pytest.raises(ProductWithoutRelease):
            await purchases.get_held_release(tx, product["id"], buyer.member)
        await make.refunded_item(tx, order_id)
        with pytest.raises(ProductNotFound):
            await purchases.get_held_release(tx, product["id"], buyer.member)


async def test_the_products_of_a_release_are_found(client, create, seller, release_of):
    release_id, other_id = await release_of(seller), await release_of(seller, "Low Tide")
    await create(release_id=str(other_id), title="Other", status="published")
    await create(release_id=str(release_id), title="Draft")
    await create(release_id=str(release_id), title="On sale", status="published")

    for searched in ({}, {"search": seller.username}):
        query = {"release_id": str(release_id), "seller_id": str(seller.id), **searched}
        response = await client.get("marketplace/products", params=query)
        page = response.json()["data"]
        assert [product["title"] for product in page["products"]] == ["On sale"]
        assert (page["total"], page["total_is_exact"]) == (1, True)


async def test_products_are_found_by_a_track_that_they_sell(
    client, create, seller, services, monkeypatch
):
    async with services.database.transaction() as tx:
        tracks = [await make.bare_track(tx, seller, title) for title in ("One", "Two", "Three")]
        release_id = await make.release(
            tx, seller.member, "Both", *tracks[:2], visibility=Visibility.PUBLIC
        )
    album = await create(release_id=str(release_id), status="published")
    single = await create(track_id=str(tracks[0]), type="track", status="published")

    async def find(track_id, **query):
        answer = await client.get(
            "marketplace/products", params={"track_id": str(track_id)} | query
        )
        page = answer.json()["data"]
        found = {each["id"] for each in page["products"]}
        assert page["total"] == len(found)
        return found

    assert await find(tracks[0]) == {album["id"], single["id"]}
    assert await find(tracks[1]) == {album["id"]}
    assert await find(tracks[2]) == set()
    assert await find(tracks[0], search=single["title"]) >= {single["id"]}
    assert await find(tracks[2], search=single["title"]) == set()
    # Also if a page alone would rank only one of all that match.
    monkeypatch.setattr(search, "_SPARE", -19)
    assert await find(tracks[1], search=single["title"]) == {album["id"]}
