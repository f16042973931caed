"""Filling a server with the demonstration: what an interrupted run left is kept and completed."""

from io import StringIO

import pytest

from tests import make
from tests.support.ordering import place_order
from veza.core.access import Role
from veza.core.errors import CannotStart
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.orders.service import purchases
from veza.domains.music.audio import rules as audio
from veza_demo.catalogue import PRODUCTS, PURCHASES
from veza_demo.community import MEMBERS
from veza_demo.existing import email_of, find_members, find_product
from veza_demo.music import upload_piece
from veza_demo.pieces import PIECES
from veza_demo.progress import Progress
from veza_demo.shop import fill_shop
from veza_demo.waiting import wait_for_jobs

FIRST = MEMBERS[0].username


class Terminal(StringIO):
    def isatty(self):
        return True


class Interrupted(Exception):
    """Stands for a kill."""


class Interrupting(Progress):
    """Interrupts the run at the first step of a kind."""

    def __init__(self, step):
        super().__init__(99, StringIO())
        self.step = step

    def show(self, text):
        if text.startswith(self.step):
            raise Interrupted


async def _rename(tx, member, username, email):
    sql = "update users set username = $2, email = $3 where id = $1"
    await tx.run(sql, member.id, username, email)


async def test_a_server_with_content_of_others_is_refused(tx):
    member, _ = await make.member_in(tx, Role.CREATOR)
    await make.bare_track(tx, member, "Not of the demonstration")

    with pytest.raises(CannotStart, match="already has tracks"):
        await find_members(tx)


async def test_a_server_that_the_demonstration_has_begun_to_fill_is_accepted(tx):
    member, _ = await make.member_in(tx, Role.CREATOR)
    await make.bare_track(tx, member, "Half of the demonstration")
    await _rename(tx, member, FIRST, email_of(FIRST))

    found = await find_members(tx)

    assert list(found) == [FIRST]
    assert found[FIRST].id == member.id
    assert not found[FIRST].is_complete


async def test_a_username_that_belongs_to_another_address_is_refused(tx):
    begun, _ = await make.member_in(tx, Role.CREATOR)
    await _rename(tx, begun, FIRST, email_of(FIRST))
    other, _ = await make.member_in(tx, Role.USER)
    await _rename(tx, other, MEMBERS[1].username.upper(), "someone@example.com")

    with pytest.raises(CannotStart, match="belongs to another user"):
        await find_members(tx)


@pytest.mark.long
async def test_a_piece_is_uploaded_once_and_again_after_its_processing_failed(services, work):
    piece = min(PIECES, key=lambda piece: piece.file_format != "wav")
    artist = (await make.person(services, Role.CREATOR)).member

    track_id = await upload_piece(services, artist, piece)
    assert await upload_piece(services, artist, piece) == track_id

    async with services.database.transaction() as tx:
        sql = "update tracks set status = 'failed', failure_reason = 'Broken' where id = $1"
        await tx.run(sql, track_id)
    again = await upload_piece(services, artist, piece)
    assert again != track_id
    await work()
    assert await upload_piece(services, artist, piece) == again


@pytest.mark.long
async def test_an_interrupted_shop_is_completed_without_duplicates(services, work):
    members, uploaded = await _prepare_shop(services)
    draft_of = PRODUCTS[0]
    async with services.database.transaction() as tx:
        draft_id = await make.product(
            tx, members[draft_of.seller], draft_of.title, status="draft", published_at=None
        )
    with pytest.raises(Interrupted):
        await fill_shop(services, members, uploaded, Interrupting("Purchase of"))
    unpaid = PURCHASES[0]
    order = await _order(services, members, unpaid)

    shop = await fill_shop(services, members, uploaded, Progress(99, StringIO()))
    again = await fill_shop(services, members, uploaded, Progress(99, StringIO()))

    assert again == shop
    assert shop[draft_of.slug] != draft_id
    async with services.database.read() as conn:
        for username, member in members.items():
            page = await purchases.list_orders(conn, member.id, limit=50, cursor=None)
            assert len(page.orders) == sum(each.username == username for each in PURCHASES)
            assert {made.status for made in page.orders} <= {OrderStatus.PAID}
            assert username != unpaid.username or page.orders[0].id == order.id


async def _prepare_shop(services):
    members, uploaded = {}, {}
    for person in MEMBERS:
        members[person.username] = (await make.person(services, Role(person.role))).member
    for piece in PIECES:
        async with services.database.transaction() as tx:
            track_id = await make.bare_track(tx, members[piece.artist], piece.title)
        await services.storage.put_new(audio.original_key(track_id), b"sound")
        uploaded[piece.slug] = track_id
    return members, uploaded


async def _order(services, members, purchase):
    buyer = members[purchase.username]
    items = []
    for product in PRODUCTS:
        if product.slug in purchase.products:
            async with services.database.read() as conn:
                found = await find_product(conn, members[product.seller], product.title)
            items.append(OrderItemForm(found.id))
    form = OrderForm(items, billing=purchase.billing)
    return await place_order(services.database, services.checkout, buyer, form)


@pytest.mark.long
async def test_waiting_goes_on_while_things_are_finished_by_another_worker(services):
    left, finished = [3, 3, 1, 0], []

    async def count(_):
        return left.pop(0)

    await wait_for_jobs(services, count, what="tracks", on_progress=finished.append)

    assert not left
    assert sum(finished) == 3


async def test_waiting_ends_with_a_clear_message_if_nothing_is_finished(services):
    async def count(_):
        return 2

    with pytest.raises(CannotStart, match="2 tracks are still not finished"):
        await wait_for_jobs(
            services, count, what="tracks", on_progress=lambda _: None, patience_s=0
        )


@pytest.mark.parametrize(
    ("stream", "shown"),
    [
        (StringIO(), "[0/2] A track\n[1/2] A post\n"),
        (
            Terminal(),
            (
                "\r\x1b[2K[........................] 0/2 A track"
                "\r\x1b[2K[############............] 1/2 A track"
                "\r\x1b[2K[############............] 1/2 A post\n"
            ),
        ),
    ],
    ids=["plain", "terminal"],
)
def test_progress_is_a_bar_in_a_terminal_and_plain_lines_elsewhere(stream, shown):
    progress = Progress(2, stream)
    progress.show("A track")
    progress.advance()
    progress.show("A post")
    progress.close()

    assert stream.getvalue() == shown
