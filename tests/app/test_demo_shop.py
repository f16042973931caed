"""The shop of the demonstration: what is said of it holds together, and it is paid to the cent."""

from tests import make
from veza.core.access import Role
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.models import ProductType
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.marketplace.reviews.models import ReviewQuery
from veza.domains.music.audio import rules as audio
from veza_demo import community
from veza_demo.pieces import PIECES
from veza_demo.shop import PURCHASES, SELLERS, VERDICTS, WARES, fill_shop


def test_creators_sell_what_is_theirs_and_others_buy_it_once_and_say_so():
    roles = {person.username: person.role for person in community.MEMBERS}
    pieces = {piece.slug: piece for piece in PIECES}
    wares = {ware.slug: ware for ware in WARES}
    assert {seller.username for seller in SELLERS} <= roles.keys()
    for ware in WARES:
        assert roles[ware.seller] == "creator"
        assert {pieces[slug].artist for slug in ware.pieces} <= {ware.seller}
        has_files = ware.pieces or ware.has_kit or ware.text
        assert has_files or ware.type is ProductType.SERVICE
    bought = [(each.username, slug) for each in PURCHASES for slug in each.wares]
    assert len(bought) == len(set(bought))
    assert all(wares[slug].seller != username for username, slug in bought)
    for each in PURCHASES:
        assert len({wares[slug].currency for slug in each.wares}) == 1
    said = [(verdict.username, verdict.ware) for verdict in VERDICTS]
    assert len(said) == len(set(said))
    assert set(said) <= set(bought)


async def test_the_shop_is_open_its_customers_served_and_its_sellers_paid(services, work):
    members, uploaded = {}, {}
    for person in community.MEMBERS:
        members[person.username] = (await make.person(services, Role(person.role))).member
    for piece in PIECES:
        async with services.database.transaction() as tx:
            track_id = await make.bare_track(tx, members[piece.artist], piece.title)
        await services.storage.put_new(audio.original_key(track_id), b"sound")
        uploaded[piece.slug] = track_id

    shelf = await fill_shop(services, members, uploaded)
    await work()

    async with services.database.read() as conn:
        for ware in WARES:
            shown = await products.get_product(conn, shelf[ware.slug], None, make.NO_LINKS)
            wanted = [verdict for verdict in VERDICTS if verdict.ware == ware.slug]
            page = await reviews.list_reviews(conn, shown.id, None, ReviewQuery())
            assert {one.comment for one in page.reviews} == {one.comment for one in wanted}
            assert {one.answer for one in page.reviews} == {one.answer for one in wanted}
            assert bool(shown.files) == (ware.type is not ProductType.SERVICE)
        for seller in SELLERS:
            [balance] = await ledger.list_balances(conn, members[seller.username].id)
            net = sum(
                ware.price_cents * 9 // 10
                for purchase in PURCHASES
                for ware in WARES
                if ware.slug in purchase.wares and ware.seller == seller.username
            )
            paid = (net, 0) if seller.is_connected else (0, net)
            assert (balance.paid_cents, balance.earned_cents) == paid
