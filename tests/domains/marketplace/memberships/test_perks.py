"""Members of a tier pay less for the products of its profile, and nobody else does."""

from veza.core.ids import RefundId, new_id
from veza.domains.marketplace.orders.models.checkout import OrderItemForm
from veza.domains.marketplace.orders.models.state import RefundBegun, RefundMade
from veza.domains.marketplace.orders.service.settlement import settle
from veza.domains.marketplace.quotes import service as quotes
from veza.domains.marketplace.quotes.models import QuoteForm
from veza.domains.profile_pages import service as pages


async def _quote(club, buyer):
    form = QuoteForm([OrderItemForm(each) for each in club.shop.product_ids])
    async with club.shop.services.database.read() as conn:
        return await quotes.make_quote(conn, buyer, form)


async def _is_member(club, viewer):
    async with club.shop.services.database.read() as conn:
        page = await pages.show_page(conn, club.seller.id, viewer)
    return page.is_member


async def test_the_page_of_a_profile_tells_members_alone_that_they_are_one(club):
    made = await club.join(await club.tier())
    viewers = club.member.member, club.seller.member, None
    assert [await _is_member(club, each) for each in viewers] == [False, False, False]
    await club.pay(made)
    assert [await _is_member(club, each) for each in viewers] == [True, False, False]


async def test_a_member_pays_the_members_price_while_the_membership_lasts(club):
    before = await _quote(club, club.member.member)
    tier = await club.tier(percent_off=25)
    made = await club.join(tier)
    assert (await _quote(club, club.member.member)).total_cents == before.total_cents
    await club.pay(made)
    quote = await _quote(club, club.member.member)
    [first, second] = quote.items
    assert (first.list_cents, first.price_cents, second.reductions) == (1200, 900, [])
    [reduction] = first.reductions
    assert (reduction.cause, reduction.reference_id) == ("membership", tier.id)
    order = await club.shop.order(club.shop.product_ids[0], buyer=club.member)
    assert (order.total_cents, order.items[0].reductions) == (900, [reduction])
    assert (await _quote(club, None)).total_cents == before.total_cents
    await club.ensure_right()
    refund_id = RefundId(new_id())
    [period] = made.order.items
    for event in (RefundBegun(refund_id, [period.id]), RefundMade(refund_id)):
        async with club.shop.services.database.transaction() as tx:
            await settle(tx, made.order.id, event)
    assert (await _quote(club, club.member.member)).total_cents == before.total_cents
