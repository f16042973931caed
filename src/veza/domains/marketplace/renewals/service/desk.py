"""The payment providers of memberships, and the steps that joining and paying share."""

from msgspec import Struct, structs

from veza.core.errors import required
from veza.core.ids import MembershipId, OrderId
from veza.domains.marketplace.memberships.errors import MembershipNotFound
from veza.domains.marketplace.memberships.models.state import OrderedPeriod, ProfileMembership
from veza.domains.marketplace.memberships.service import engine, own
from veza.domains.marketplace.orders.models.checkout import StoredOrder
from veza.domains.marketplace.orders.service import checkout, periods, purchases
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.renewals.errors import PaymentUnderWay
from veza.domains.marketplace.renewals.models import MembershipOrder
from veza.domains.platform.idempotency import service as idempotency
from veza.domains.platform.idempotency.models import KeyClaim
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.database import Database, Tx


class RenewalDesk(Struct, frozen=True):
    """The payment providers, and the context of orders."""

    checkout: CheckoutContext
    providers: PaymentProviders

    def requested_from(self, country: str | None) -> "RenewalDesk":
        """Return the desk for a request from the network of a country."""
        return structs.replace(self, checkout=self.checkout.requested_from(country))

    def context_of(self, provider: str) -> CheckoutContext | None:
        """Return the context of orders at a provider; None if it is no longer connected."""
        found = self.providers.find(provider)
        return None if found is None else structs.replace(self.checkout, payments=found)


class Placed(Struct, frozen=True):
    """A membership, and the order to pay on session."""

    membership: ProfileMembership
    order: StoredOrder


async def close_open_orders(
    database: Database, desk: RenewalDesk, membership: ProfileMembership, but: OrderId | None = None
) -> bool:
    """Cancel the payments of other orders of the next period; return False if one may succeed.

    Raises ProviderUnavailable.
    """
    async with database.read() as conn:
        found = await engine.list_open_orders(conn, membership)
    are_closed = [
        await periods.close(database, desk.providers.find(each.provider), each.id)
        for each in found
        if each.id != but
    ]
    return all(are_closed)


async def ensure_nothing_open(
    database: Database, desk: RenewalDesk, membership: ProfileMembership
) -> None:
    """Cancel the payments of orders of the next period. Raises PaymentUnderWay."""
    if not await close_open_orders(database, desk, membership):
        raise PaymentUnderWay


async def open_order(
    database: Database, desk: RenewalDesk, placed: Placed, claim: KeyClaim
) -> bytes:
    """Create the payment of an order that its member confirms, and which keeps the method.

    Raises PaymentRefused and ProviderUnavailable.
    """
    order, membership = placed.order, placed.membership
    payment = await checkout.open_payment(
        database, desk.checkout, order, customer_id=membership.customer_id
    )

    async def finish(tx: Tx) -> bytes:
        stored = await checkout.end_checkout(tx, desk.checkout, order, payment)
        assert membership.member_id is not None
        made = await purchases.get_order(tx, order.id, membership.member_id, stored)
        shown = await own.get(tx, membership.id, membership.member_id)
        return await idempotency.store_answer(tx, claim, MembershipOrder(shown, made))

    return await database.transact(finish, recorded=False)


async def place_on_session(
    tx: Tx, desk: RenewalDesk, membership: ProfileMembership, period: OrderedPeriod, claim: KeyClaim
) -> Placed:
    """Place the order of a period that the member pays on session. Everything is locked."""
    assert membership.member_id is not None
    order = await periods.place(tx, desk.checkout, membership.member_id, OrderId(claim.id), period)
    return Placed(membership, order)


async def find_placed(tx: Tx, order_id: OrderId) -> Placed | None:
    """Return the order that an attempt before a crash placed under the same claim."""
    order = await periods.find_order(tx, order_id)
    membership_id = None if order is None else await engine.find_by_order(tx, order.id)
    if order is None or membership_id is None:
        return None
    return Placed(await get_locked(tx, membership_id), order)


async def get_locked(tx: Tx, membership_id: MembershipId) -> ProfileMembership:
    """Lock and return a membership. Raises MembershipNotFound."""
    return required(await engine.lock(tx, membership_id), MembershipNotFound)
