"""Makes what tests need, by the program's own use cases: plain functions, real SQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from veza.app.services import Services
from veza.app.worker import make_delivery, run_until_empty
from veza.core.access import Member, Role, Scope, session_of
from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.core.ids import (
    ConversationId,
    ExportId,
    FileId,
    GearDocumentId,
    GearId,
    ImageId,
    NotificationId,
    OrderId,
    OrderItemId,
    PostCommentId,
    PostId,
    ProductFileId,
    ProductId,
    RefundId,
    RepairId,
    ReviewId,
    SessionId,
    StreamId,
    TrackId,
    TransferId,
    UserId,
    new_id,
)
from veza.core.money import take_share
from veza.core.money_mode import MoneyMode
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.models import NewUser
from veza.domains.auth.accounts.queries import insert_user
from veza.domains.auth.api_keys import service as keys
from veza.domains.auth.api_keys.models import ApiKeyForm, CreatedApiKey
from veza.domains.auth.sessions.models import AccessClaims, Device
from veza.domains.auth.sessions.queries import insert_session
from veza.domains.auth.sessions.rules import REFRESH_LIFETIME
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.conversations.models import ConversationForm, ConversationType
from veza.domains.chat.messages import service as messages
from veza.domains.chat.messages.models import Message, MessageForm, MessageRef
from veza.domains.cloud.files import service as files
from veza.domains.cloud.files.models import CloudFile, FilePlace
from veza.domains.cloud.shares import service as shares
from veza.domains.cloud.shares.models import CreatedShare, ShareForm
from veza.domains.gear import service as gear
from veza.domains.gear.models import DocumentForm, GearForm, RepairForm
from veza.domains.images import service as images
from veza.domains.live.stream_keys import ensure_key, find_key
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger.models import Account, AccountKind, Entry, Posting, PostingKind
from veza.domains.marketplace.orders import service as orders
from veza.domains.marketplace.orders.models import (
    Billing,
    NewLine,
    NewOrder,
    OrderStatus,
    PaymentMade,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.queries import insert_lines, insert_order
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.marketplace.reviews.models import ReviewForm
from veza.domains.music.audio import service as audio
from veza.domains.music.audio.jobs import process_track
from veza.domains.music.audio.models import ProcessTrack
from veza.domains.music.tracks.models import TrackForm
from veza.domains.notifications.inbox import service as notifications
from veza.domains.notifications.inbox.models import NewNotification, Notification
from veza.domains.notifications.inbox.queries.views import list_notifications
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.relationships import service as relations
from veza.domains.social.post_comments.models import NewPostComment
from veza.domains.social.post_comments.queries import insert_comment
from veza.domains.social.posts import service as posts
from veza.domains.social.posts.models import NewPost
from veza.domains.social.posts.queries.posts import insert_post
from veza.infra.postgres.database import Tx

NO_LINKS = UrlBuilder("", UrlSigner(b"", ""), 0)
PASSWORD = "a long enough sentence"
# Argon2id of nothing that anybody knows: members of tests sign in by token.
_NO_PASSWORD = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"


@dataclass(frozen=True)
class Person:
    """A member with a session: `headers` sign a request."""

    member: Member
    username: str
    token: str

    @property
    def id(self) -> UserId:
        return self.member.id

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def person(services: Services, role: Role = Role.USER, username: str | None = None) -> Person:
    """Make a member, committed, with a session."""
    async with services.database.transaction() as tx:
        member, name = await member_in(tx, role, username)
    claims = AccessClaims(member.id, session_of(member), role)
    return Person(member, name, services.session_tokens.tokens.sign(claims))


async def member_in(
    tx: Tx, role: Role = Role.USER, username: str | None = None
) -> tuple[Member, str]:
    """Make a member with a session inside a transaction."""
    user_id = UserId(new_id())
    name = username or f"m{user_id.hex[-20:]}"
    await insert_user(tx, NewUser(user_id, name, f"{name}@example.com", _NO_PASSWORD, role))
    return Member(user_id, role, await session_in(tx, user_id)), name


async def session_in(tx: Tx, user_id: UserId) -> SessionId:
    """Make a session of a member."""
    session_id = SessionId(new_id())
    device = Device("test", "127.0.0.1")
    await insert_session(tx, session_id, user_id, device, lifetime=REFRESH_LIFETIME)
    return session_id


async def key_in(tx: Tx, user_id: UserId, *scopes: Scope) -> CreatedApiKey:
    """Make an API key of a member; without scopes it has all."""
    return await keys.create_key(tx, user_id, ApiKeyForm("A test", list(scopes or Scope)))


async def key_headers(services: Services, person: Person, *scopes: Scope) -> dict[str, str]:
    """Make an API key, committed; give what signs a request with it."""
    async with services.database.transaction() as tx:
        key = await key_in(tx, person.id, *scopes)
    return {"X-API-Key": key.key}


async def suspended(services: Services, someone: Person, reason: str = "Enough.") -> None:
    """Suspend somebody, committed."""
    async with services.database.transaction() as tx:
        await accounts.suspend(tx, someone.id, reason)


async def unsuspended(services: Services, someone: Person) -> None:
    """Undo it, committed."""
    async with services.database.transaction() as tx:
        await accounts.lift_suspension(tx, someone.id)


async def told(services: Services, someone: Person) -> list[Notification]:
    """Give what somebody is told of all that happened, the latest first."""
    await delivered(services)
    async with services.database.read() as conn:
        page = await notifications.list_notifications(
            conn, someone.member, limit=100, cursor=None, urls=NO_LINKS
        )
    return page.notifications


async def notification(tx: Tx, member: Member, actor: Member) -> NotificationId:
    """Tell a member that somebody follows them."""
    await notifications.notify(
        tx, NewNotification(actor.id, NotificationKind.FOLLOW, member.id), [member.id]
    )
    [told] = await list_notifications(tx, member.id, 1, None)
    return told.id


async def delivered(services: Services) -> None:
    """Deliver all events, as the worker does: of two that wait for each other, one tries again.

    At none of them a reaction may fail: it would be put off, and nobody told.
    """
    before = await _put_off(services)
    async with asyncio.timeout(120):
        await _deliver(services)
    assert await _put_off(services) <= before


async def _deliver(services: Services) -> None:
    delivery = make_delivery(services)
    while True:
        with suppress(Unavailable):
            if not await delivery.deliver_batch():
                return


async def _put_off(services: Services) -> set[int]:
    async with services.database.read() as conn:
        return set(await conn.column(int, "select id from outbox where attempts > 0"))


async def unheard(tx: Tx, order_id: OrderId) -> None:
    """Have nobody hear of what happened to an order, and make its documents: not for this test."""
    await tx.run("delete from outbox where payload->>'order_id' = $1", str(order_id))


async def recounted(services: Services) -> None:
    """Deliver all events and do all jobs, until no recount waits, and be it to be tried again."""
    async with asyncio.timeout(120):
        while True:
            await delivered(services)
            await run_until_empty(services)
            if not await _is_recount_waiting(services):
                return
            await asyncio.sleep(0.1)


async def _is_recount_waiting(services: Services) -> bool:
    sql = """
        select exists (
            select from pgqueuer where entrypoint like 'Recount%' and status <> 'failed'
        )
    """
    async with services.database.read() as conn:
        return bool(await conn.value(bool, sql))


async def image(services: Services, owner: Person, source: Path) -> ImageId:
    """Upload a file as an image, which isn't shown yet."""
    image_id = await images.begin_upload(services.database, owner.member)
    chunks = _read(source.read_bytes())
    file = await images.store_image(services.darkroom, image_id, chunks)
    async with services.database.transaction() as tx:
        await images.finish_upload(tx, image_id, file, UrlBuilder("", UrlSigner(b"", ""), 0))
    return image_id


async def bare_image(tx: Tx, owner: Member) -> ImageId:
    """Make a row of an image that can be shown, without any file."""
    image_id = ImageId(new_id())
    sql = """
        insert into images (id, owner_id, width, height, size_bytes) values ($1, $2, 640, 480, 1000)
    """
    await tx.run(sql, image_id, owner.id)
    return image_id


async def follows(services: Services, follower: Person, *followed: Person) -> None:
    """Have somebody follow others, committed."""
    async with services.database.transaction() as tx:
        for each in followed:
            await relations.follow(tx, follower.member, each.id)


async def blocks(services: Services, blocker: Person, *blocked: Person) -> None:
    """Have somebody block others, committed."""
    async with services.database.transaction() as tx:
        for each in blocked:
            await relations.block(tx, blocker.member, each.id)


async def mutes(services: Services, muter: Person, *muted: Person) -> None:
    """Have somebody mute others, committed."""
    async with services.database.transaction() as tx:
        for each in muted:
            await relations.mute(tx, muter.member, each.id)


async def track(services: Services, owner: Person, form: TrackForm, source: Path) -> TrackId:
    """Upload a file as a track and process it."""
    track_id = await audio.begin_upload(services.database)
    original = await audio.store_original(
        services.studio, track_id, source.name, _read(source.read_bytes())
    )
    async with services.database.transaction() as tx:
        upload = audio.Upload(track_id, original, None)
        await audio.finish_upload(tx, owner.member, upload, form)
    await process_track(services.database, services.studio, ProcessTrack(track_id))
    return track_id


async def bare_track(tx: Tx, owner: Member, title: str, **columns: object) -> TrackId:
    """Make a row of a track that is ready, without any sound: quick, for lists and counts."""
    track_id = TrackId(new_id())
    values: dict[str, object] = {
        "id": track_id,
        "owner_id": owner.id,
        "title": title,
        "visibility": "public",
        "status": "ready",
        "duration_ms": 180_000,
        "format": "flac",
        "search_text": title.lower(),
    } | columns
    names = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await tx.run(f"insert into tracks ({names}) values ({places})", *values.values())
    return track_id


async def product(tx: Tx, seller: Member, title: str = "A product", **columns: object) -> ProductId:
    """Make a row of a product that is published, and costs 12 euros, without any file."""
    product_id = ProductId(new_id())
    values: dict[str, object] = {
        "id": product_id,
        "seller_id": seller.id,
        "title": title,
        "type": "album",
        "price_cents": 1200,
        "currency": "EUR",
        "licence": "Personal use.",
        "status": "published",
        "published_at": now(),
        "search_text": title.lower(),
    } | columns
    names = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await tx.run(f"insert into products ({names}) values ({places})", *values.values())
    return product_id


async def product_file(
    services: Services, seller: Person, product_id: ProductId, content: bytes = b"wave"
) -> ProductFileId:
    """Upload a file of a product, committed."""
    place = await products.begin_upload(services.database, product_id, seller.member)
    chunks = _read(content)
    file = await products.store_file(services.stockroom, place, "Side A.wav", chunks)
    async with services.database.transaction() as tx:
        await products.finish_upload(tx, seller.member, file)
    return place.file_id


async def cloud_file(
    services: Services, owner: Person, name: str = "mix.wav", content: bytes = b"wave"
) -> CloudFile:
    """Upload a file of a member's own, committed."""
    cabinet = services.cabinet
    reception = await files.begin_upload(services.database, cabinet, owner.member)
    stored = await files.store(cabinet, reception, _read(content))
    place = FilePlace("Mixes", name)
    async with services.database.transaction() as tx:
        return await files.add_file(tx, cabinet, owner.member, content=stored, place=place)


async def bare_file(tx: Tx, owner: Member) -> FileId:
    """Make a file of a member's own with no bytes behind it, which counts as any other."""
    file_id, sha256 = FileId(new_id()), new_id().hex * 2
    sql = """
        with content as (
            insert into blobs (sha256, id, size_bytes, refs) values ($3, $4, 4, 1)
        ), file as (
            insert into files (id, owner_id, name, search_text, version)
                 values ($1, $2, 'mix.wav', 'mix.wav', 1)
        )
        insert into file_versions (id, file_id, owner_id, version, sha256, size_bytes, content_type)
             values ($5, $1, $2, 1, $3, 4, 'audio/wav')
    """
    await tx.run(sql, file_id, owner.id, sha256, new_id(), new_id())
    return file_id


async def share(services: Services, owner: Person, file: CloudFile, **said: Any) -> CreatedShare:
    """Make a link to a file of a member's own, committed."""
    drawn = await shares.draw_share(services.hatch, file.id, ShareForm(**said))
    async with services.database.transaction() as tx:
        return await shares.share_file(tx, drawn, owner.member, NO_LINKS)


async def gear_in(tx: Tx, owner: Member, name: str = "Juno-106", **said: Any) -> GearId:
    """Make an item of somebody's gear."""
    return (await gear.add_gear(tx, owner, GearForm(name, **said))).id


async def repair_in(
    tx: Tx, owner: Member, gear_id: GearId, description: str = "Voice chips", **said: Any
) -> RepairId:
    """Make a repair of an item."""
    form = RepairForm(date(2026, 2, 15), description, **said)
    return (await gear.add_repair(tx, gear_id, owner, form)).id


async def gear_document(
    services: Services, owner: Person, gear_id: GearId, content: bytes = b"%PDF-1.7", **said: Any
) -> GearDocumentId:
    """Upload a document of an item, committed."""
    place = await gear.begin_upload(services.database, gear_id, owner.member)
    file = await gear.store_document(services.binder, place, "Invoice.pdf", _read(content))
    async with services.database.transaction() as tx:
        form = DocumentForm(**said)
        await gear.finish_upload(tx, owner.member, file=file, form=form)
    return place.document_id


async def export(services: Services, owner: Person, content: bytes = b"PK") -> ExportId:
    """Make an export that somebody asked for two days ago, and that is ready now, committed."""
    export_id = ExportId(new_id())
    stored = await services.storage.put_stream(f"exports/{export_id}/0/archive.zip", _read(content))
    sql = """
        insert into exports (id, user_id, status, size_bytes, sha256, created_at, ready_at,
                             expires_at)
             values ($1, $2, 'ready', $3, $4, now() - interval '2 days', now(),
                     now() + interval '1 day')
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, export_id, owner.id, stored.size, stored.sha256)
    return export_id


async def post(
    tx: Tx, author: Member, content: str = "Out now", *, at: datetime | None = None, **counts: int
) -> PostId:
    """Make a post that nobody hears of, at a moment of its own, with counts that are made up."""
    post_id = PostId(new_id())
    await insert_post(tx, NewPost(post_id, author.id, content, None, at or now()))
    for name, count in counts.items():
        await tx.run(f"update posts set {name} = $2 where id = $1", post_id, count)
    return post_id


async def bought(tx: Tx, buyer: Member, product_id: ProductId) -> OrderId:
    """Have somebody buy a product that is there, for the price that it has."""
    [sold] = await products.lock_for_sale(tx, [product_id])
    seller = Member(sold.seller_id, Role.CREATOR, None)
    order_id = await order(tx, buyer, (seller, sold.price_cents), currency=sold.currency)
    sql = "update order_items set product_id = $2 where order_id = $1"
    await tx.run(sql, order_id, product_id)
    await orders.settle(tx, order_id, PaymentMade(sold.price_cents, sold.currency))
    return order_id


async def review(
    tx: Tx, buyer: Member, product_id: ProductId, rating: int = 5, comment: str = "Amazing!"
) -> ReviewId:
    """Have somebody buy a product and review it."""
    await bought(tx, buyer, product_id)
    form = ReviewForm(rating, comment)
    return (await reviews.review(tx, product_id, buyer, form)).id


async def post_comment(tx: Tx, author: Member, post_id: PostId) -> PostCommentId:
    """Make a comment on a post that nobody hears of, and count it."""
    comment_id = PostCommentId(new_id())
    comment = NewPostComment(comment_id, post_id, None, author.id, "Lovely", now())
    await insert_comment(tx, comment)
    await posts.add_to_comments_counts(tx, {post_id: 1})
    return comment_id


async def conversation(
    services: Services, kind: str, maker: Person, *others: Person, is_private: bool = False
) -> ConversationId:
    """Make a conversation, committed: `direct`, `group` or `room`."""
    async with services.database.transaction() as tx:
        others_in = [other.member for other in others]
        return await conversation_in(tx, kind, maker.member, *others_in, is_private=is_private)


async def conversation_in(
    tx: Tx, kind: str, maker: Member, *others: Member, is_private: bool = False
) -> ConversationId:
    """Make a conversation inside a transaction."""
    form = ConversationForm(
        type=ConversationType(kind),
        name=None if kind == "direct" else "Night shift",
        member_ids=[other.id for other in others],
        is_private=is_private,
    )
    return (await conversations.create_in(tx, maker, form)).conversation.id


async def stream(
    tx: Tx, owner: Member, title: str = "A stream", *, is_announced: bool = True, **air: object
) -> StreamId:
    """Make a row of a stream that is to come, with a room; `air` says how it stands otherwise."""
    stream_id, room = StreamId(new_id()), await conversation_in(tx, "room", owner)
    values: dict[str, object] = {
        "id": stream_id,
        "owner_id": owner.id,
        "title": title,
        "conversation_id": room,
        "is_announced": is_announced,
    } | air
    names = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await tx.run(f"insert into streams ({names}) values ({places})", *values.values())
    return stream_id


async def stream_key(services: Services, owner: Person) -> str:
    """Give somebody's stream key, committed."""
    async with services.database.transaction() as tx:
        await ensure_key(tx, services.live.sealing, owner.id)
        key = await find_key(tx, services.live.sealing, owner.id)
    assert key is not None
    return key


def place_of(message: Message) -> MessageRef:
    """Tell which message is meant."""
    return MessageRef(message.conversation_id, message.id)


async def message(
    services: Services, sender: Person, place: ConversationId, content: str = "Hello", **said: Any
) -> Message:
    """Say something in a conversation, committed."""
    async with services.database.transaction() as tx:
        form = MessageForm(content, **said)
        return (await messages.send(tx, sender.member, place, form, urls=NO_LINKS)).message


async def _read(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]


async def order(tx: Tx, buyer: Member, *sold: tuple[Member, int], currency: str = "EUR") -> OrderId:
    """Make an order that is pending, of products of these sellers at these prices, in cents."""
    order_id, fee_rate = OrderId(new_id()), Decimal("0.10")
    lines: list[NewLine] = []
    for seller, price_cents in sold:
        fee = take_share(price_cents, fee_rate)
        lines.append(
            NewLine(
                id=OrderItemId(new_id()),
                product_id=await product(tx, seller, "Night Ferry", price_cents=price_cents),
                seller_id=seller.id,
                seller_subject=await ledger.open_subject(tx, seller.id),
                title="Night Ferry",
                licence="Personal use.",
                price_cents=price_cents,
                fee_cents=fee,
                net_cents=price_cents - fee,
            )
        )
    await products.lock_for_sale(tx, [line.product_id for line in lines])
    new = NewOrder(
        id=order_id,
        buyer_id=buyer.id,
        buyer_subject=await ledger.open_subject(tx, buyer.id),
        total_cents=sum(line.price_cents for line in lines),
        currency=currency,
        provider="sandbox",
        billing=Billing("Ann Example", "1 Quay Street", "CH"),
        lines=lines,
    )
    lasts, ask_after = timedelta(minutes=30), timedelta(minutes=2)
    assert await insert_order(tx, new, lasts=lasts, ask_after=ask_after)
    await insert_lines(tx, order_id, lines)
    return order_id


async def paid_order(
    tx: Tx, buyer: Member, *sold: tuple[Member, int], currency: str = "EUR"
) -> OrderId:
    """Make an order for which the money came."""
    order_id = await order(tx, buyer, *sold, currency=currency)
    total = sum(price_cents for _, price_cents in sold)
    settled = await orders.settle(tx, order_id, PaymentMade(total, currency))
    assert settled.status is OrderStatus.PAID
    return order_id


async def keep_quiet(tx: Tx) -> None:
    """Let nobody hear of the orders of this transaction: their invoices take long to typeset."""
    own = "xmin = pg_current_xact_id()::xid"
    await tx.run(f"delete from outbox where name like 'Order%' and {own}")


async def refunded_item(tx: Tx, order_id: OrderId, place: int = 0) -> RefundId:
    """Have a line of an order refunded, by its place in it."""
    refund_id = RefundId(new_id())
    sql = "select id from order_items where order_id = $1 order by position"
    item_id = (await tx.column(OrderItemId, sql, order_id))[place]
    for fact in (RefundBegun(refund_id, [item_id]), RefundMade(refund_id)):
        assert (await orders.settle(tx, order_id, fact)).is_moved
    return refund_id


async def paid_out(tx: Tx, seller: Member, order_id: OrderId) -> TransferId:
    """Have a seller be paid all that they earned by an order of ten euros."""
    transfer_id = await failed_transfer(tx, seller, order_id)
    sql = """
        update transfers
           set status = 'completed', provider = 'sandbox', account_ref = 'acct_1',
               amount_cents = 900, provider_ref = $2, reason = null
         where id = $1
    """
    await tx.run(sql, transfer_id, f"tr_{transfer_id}")
    subject_id = await ledger.open_subject(tx, seller.id)
    entries = [
        Entry(Account(AccountKind.EARNED, "EUR", MoneyMode.TEST, subject_id), -900),
        Entry(Account(AccountKind.PAID, "EUR", MoneyMode.TEST, subject_id), 900),
        Entry(Account(AccountKind.PAYMENTS, "EUR", MoneyMode.TEST, provider="sandbox"), 900),
        Entry(Account(AccountKind.PAYOUTS, "EUR", MoneyMode.TEST, provider="sandbox"), -900),
    ]
    assert await ledger.post(tx, Posting(PostingKind.TRANSFER, transfer_id, entries))
    return transfer_id


async def failed_transfer(tx: Tx, seller: Member, order_id: OrderId) -> TransferId:
    """Make a transfer of ten euros less the fee that failed."""
    transfer_id = TransferId(new_id())
    sql = """
        insert into transfers (id, order_id, seller_id, seller_subject, payment_provider, due_cents,
                               platform_fee_cents, currency, status, tries, retry_count, reason)
             values ($1, $2, $3, $4, 'sandbox', 900, 100, 'EUR', 'failed', 1, 1, 'No such account.')
    """
    subject_id = await ledger.open_subject(tx, seller.id)
    await tx.run(sql, transfer_id, order_id, seller.id, subject_id)
    return transfer_id
