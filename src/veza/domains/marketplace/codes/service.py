"""A code gives its product once, by an order without money; wrong codes are limited.

Whatever changes the codes of a product locks the product first.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from veza.core.access import Member
from veza.core.clock import now, require_future
from veza.core.errors import required
from veza.core.ids import CodeBatchId, ProductId, new_id
from veza.core.normalize import lower_ascii, require_line
from veza.core.redeem_codes import generate_code, hash_of, read_code
from veza.core.structs import copy_fields
from veza.domains.marketplace.codes import queries, rules
from veza.domains.marketplace.codes.errors import (
    CodeBatchNotFound,
    CodeNotFound,
    TooManyCodeBatches,
    TooManyWrongCodes,
)
from veza.domains.marketplace.codes.models import (
    MAX_BATCHES,
    CodeBatch,
    CodeBatchForm,
    CodeBatchList,
    CreatedCodeBatch,
    NewCodeBatch,
)
from veza.domains.marketplace.gifts import service as gifts
from veza.domains.marketplace.gifts.errors import GiftNotFound
from veza.domains.marketplace.gifts.models import GiftCard
from veza.domains.marketplace.orders.models.checkout import GivenProduct, Order
from veza.domains.marketplace.orders.models.guests import NewGuest
from veza.domains.marketplace.orders.service import checkout, guest_orders, purchases
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.products import service as products
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.login_throttle import LoginThrottle


class CodeRedemption(Struct, frozen=True):
    """The services that redeem codes: checkout, and the limit of wrong codes for each client."""

    checkout: CheckoutContext
    attempts: LoginThrottle


class GuestRedemption(Struct, frozen=True):
    """A code that a guest redeems: to whom it is delivered, and the network that it came from."""

    guest: NewGuest
    network: str
    desk: GuestDesk


async def create_batch(
    tx: Tx, product_id: ProductId, seller: Member, form: CodeBatchForm
) -> CreatedCodeBatch:
    """Create codes for a product of the caller; they are returned here only.

    Raises ProductNotFound, NotYourProduct and TooManyCodeBatches.
    """
    label = require_line(form.label, "label", "Enter a label: it can't be blank.")
    require_future(form.expires_at, "expires_at", now())
    await products.lock_own(tx, product_id, seller)
    if await queries.count_batches(tx, product_id) >= MAX_BATCHES:
        raise TooManyCodeBatches
    codes = [generate_code() for _ in range(form.count)]
    new = NewCodeBatch(CodeBatchId(new_id()), product_id, label, form.count, form.expires_at)
    batch = await queries.insert_batch(tx, new)
    await queries.insert_codes(tx, batch.id, [hash_of(code) for code in codes])
    return copy_fields(CreatedCodeBatch, batch, codes=codes, csv=rules.write_csv(codes))


async def list_batches(conn: Conn, product_id: ProductId, seller: Member) -> CodeBatchList:
    """Return the batches of a product of the caller. Raises ProductNotFound and NotYourProduct."""
    await products.ensure_own(conn, product_id, seller)
    return CodeBatchList(await queries.list_batches(conn, product_id))


async def delete_batch(
    tx: Tx, product_id: ProductId, batch_id: CodeBatchId, seller: Member
) -> CodeBatch:
    """Delete the unused codes of a batch; the batch itself, too, if no code of it was used.

    Raises ProductNotFound, NotYourProduct and CodeBatchNotFound.
    """
    await products.lock_own(tx, product_id, seller)
    batch = required(await queries.lock_batch(tx, product_id, batch_id), CodeBatchNotFound)
    await queries.delete_unused(tx, batch_id)
    revoked = await queries.update_revoked(tx, batch_id)
    if batch.used_count == 0:
        await queries.delete_batch(tx, batch_id)
    return revoked


async def redeem(
    database: Database, redemption: CodeRedemption, member: Member, typed: str
) -> Order:
    """Redeem a code: give its product to the caller by an order without money.

    The code that the caller has redeemed before returns the same order, so that the request can be
    repeated. Raises CodeNotFound, TooManyWrongCodes, and the errors of `_redeem`.
    """
    context = redemption.checkout
    return await _redeem_within_limit(
        database,
        redemption.attempts,
        str(member.id),
        typed,
        lambda tx, code_hash: _redeem(tx, context, member, code_hash),
    )


async def redeem_as_guest(
    database: Database, redemption: CodeRedemption, by: GuestRedemption, typed: str
) -> Order:
    """Redeem a code for an address: the mailed link opens the order.

    Again for the same address it is the same order. Raises CodeNotFound, TooManyWrongCodes, and the
    errors of `_redeem_as_guest`.
    """
    desk, guest = by.desk, by.guest
    return await _redeem_within_limit(
        database,
        redemption.attempts,
        by.network,
        typed,
        lambda tx, code_hash: _redeem_as_guest(tx, desk, guest, code_hash),
    )


async def open_gift(
    database: Database, attempts: LoginThrottle, network: str, typed: str
) -> GiftCard:
    """Return what the code of a gift gives. Raises GiftNotFound and TooManyWrongCodes.

    Codes are guessed here as well as where they are redeemed.
    """
    card = None
    async with attempts.attempt(f"code:{network}", TooManyWrongCodes) as attempt:
        code = read_code(typed)
        if code is not None:
            async with database.read() as conn:
                card = await gifts.find_card(conn, hash_of(code))
        if card is None:
            attempt.fail()
    return required(card, GiftNotFound)


async def _redeem_within_limit(
    database: Database,
    attempts: LoginThrottle,
    client: str,
    typed: str,
    give: Callable[[Tx, bytes], Awaitable[Order | None]],
) -> Order:
    """Redeem a code. Raises CodeNotFound, and TooManyWrongCodes after many guesses."""
    order = None
    async with attempts.attempt(f"code:{client}", TooManyWrongCodes) as attempt:
        code = read_code(typed)
        if code is not None:
            code_hash = hash_of(code)
            order = await database.transact(lambda tx: give(tx, code_hash))
        if order is None:
            attempt.fail()
    return required(order, CodeNotFound)


async def _redeem(
    tx: Tx, context: CheckoutContext, member: Member, code_hash: bytes
) -> Order | None:
    """Return the order of a code, or None if there is no such code.

    Raises CodeUsed, CodeExpired, OwnProduct, AlreadyOwned, SoldExclusively and ReleaseNotAvailable;
    then the code stays as it is. Raises the errors of `gifts.redeem` for the code of a gift.
    """
    product_id = await queries.find_product(tx, code_hash)
    if product_id is None:
        return await gifts.redeem(tx, context, member, code_hash)
    await checkout.lock_members(tx, member.id, [product_id])
    product = await products.lock_to_give(tx, product_id)
    code = await queries.lock_code(tx, code_hash)
    if product is None or code is None:
        # The seller is gone or suspended, or the batch was deleted meanwhile.
        return None
    if code.order_id is not None and code.buyer_id == member.id:
        return await purchases.get_order(tx, code.order_id, member.id)
    rules.ensure_usable(code)
    order = await checkout.give(tx, context, member.id, GivenProduct(product))
    await queries.update_redeemed(tx, code_hash, code.batch_id, order.items[0].id)
    return order


async def _redeem_as_guest(
    tx: Tx, desk: GuestDesk, guest: NewGuest, code_hash: bytes
) -> Order | None:
    """Return the order of a code, or None if there is no such code.

    Raises CodeUsed, CodeExpired and ReleaseNotAvailable; then the code stays as it is. Raises the
    errors of `gifts.redeem_as_guest` for the code of a gift.
    """
    product_id = await queries.find_product(tx, code_hash)
    if product_id is None:
        return await gifts.redeem_as_guest(tx, desk, guest, code_hash)
    await guest_orders.lock_for_guest(tx, guest, [product_id])
    product = await products.lock_to_give(tx, product_id)
    code = await queries.lock_code(tx, code_hash)
    if product is None or code is None:
        return None
    if code.order_id is not None and code.email_key == lower_ascii(guest.email):
        return await guest_orders.show_placed(tx, code.order_id)
    rules.ensure_usable(code)
    placed = await checkout.give_to_guest(tx, desk.checkout, guest, GivenProduct(product))
    order = await guest_orders.show_placed(tx, placed.id)
    await queries.update_redeemed(tx, code_hash, code.batch_id, order.items[0].id)
    return order
