"""The shop of the demonstration: its data is consistent, and every purchase is paid."""

from io import StringIO

import pytest

from tests import make
from veza.core.access import Role
from veza.core.pages import RowRange
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.models.forms import ProductType
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.music.audio import rules as audio
from veza_demo import community
from veza_demo.catalogue import PRODUCTS, PURCHASES, REVIEWS, SELLERS
from veza_demo.pages import SPLIT
from veza_demo.pieces import PIECES
from veza_demo.progress import Progress
from veza_demo.shop import fill_shop


def test_creators_sell_their_own_pieces():
    roles = {person.username: person.role for person in community.MEMBERS}
    pieces = {piece.slug: piece for piece in PIECES}
    assert {seller.username for seller in SELLERS} <= roles.keys()
    for product in PRODUCTS:
        assert roles[product.seller] == "creator"
        assert {pieces[slug].artist for slug in product.pieces} <= {product.seller}
        has_files = product.pieces or product.has_kit or product.text
        assert has_files or product.type is ProductType.SERVICE or product.release


def test_the_release_that_is_split_between_three_is_for_sale_and_sold():
    [product] = [each for each in PRODUCTS if each.release == SPLIT.release]
    assert (product.seller, product.type) == (SPLIT.artist, ProductType.ALBUM)
    assert product.price_cents > 0
    assert any(product.slug in each.products for each in PURCHASES)


def test_purchases_are_of_others_and_reviews_of_what_was_bought():
    products_by_slug = {product.slug: product for product in PRODUCTS}
    bought = [(each.username, slug) for each in PURCHASES for slug in each.products]
    assert len(bought) == len(set(bought))
    assert all(products_by_slug[slug].seller != username for username, slug in bought)
    for each in PURCHASES:
        assert len({products_by_slug[slug].currency for slug in each.products}) == 1
    said = [(review.username, review.product) for review in REVIEWS]
    assert len(said) == len(set(said))
    assert set(said) <= set(bought)


@pytest.mark.long
async def test_products_are_reviewed_and_connected_sellers_are_paid(services, work):
    members, uploaded = {}, {}
    for person in community.MEMBERS:
        members[person.username] = (await make.person(services, Role(person.role))).member
    for piece in PIECES:
        async with services.database.transaction() as tx:
            track_id = await make.bare_track(tx, members[piece.artist], piece.title)
        await services.storage.put_new(audio.original_key(track_id), b"sound")
        uploaded[piece.slug] = track_id

    for product in PRODUCTS:
        if product.release is not None:
            seller, track_id = members[product.seller], uploaded["undertow"]
            async with services.database.transaction() as tx:
                release_id = await make.release(tx, seller, product.release, track_id)
                await tx.run("update releases set visibility = 'public' where id = $1", release_id)

    shop = await fill_shop(services, members, uploaded, Progress(99, StringIO()))
    await work()

    async with services.database.read() as conn:
        for product in PRODUCTS:
            shown = await products.get_product(conn, shop[product.slug], None, make.NO_LINKS)
            wanted = [review for review in REVIEWS if review.product == product.slug]
            page = await reviews.list_reviews(conn, shown.id, None, RowRange())
            assert {one.comment for one in page.reviews} == {one.comment for one in wanted}
            assert {one.answer for one in page.reviews} == {one.answer for one in wanted}
            has_no_files = product.type is ProductType.SERVICE or product.release is not None
            assert bool(shown.files) != has_no_files
            assert (shown.release is None) == (product.release is None)
        for seller in SELLERS:
            [balance] = await ledger_queries.list_balances(conn, members[seller.username].id)
            net = sum(
                product.price_cents * 9 // 10
                for purchase in PURCHASES
                for product in PRODUCTS
                if product.slug in purchase.products and product.seller == seller.username
            )
            paid = (net, 0) if seller.is_connected else (0, net)
            assert (balance.paid_cents, balance.earned_cents) == paid
