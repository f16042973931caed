"""Members join a tier, or give a profile a monthly tip: by an order that they pay on session."""

from functools import partial

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import FieldError, Invalid, Unauthenticated, Unavailable
from veza.core.ids import MembershipId, OrderId, UserId, new_id
from veza.core.keyed_request import KeyedRequest
from veza.core.vat_ids import VatIdCheck
from veza.domains.marketplace.memberships.errors import AlreadyMember, OwnProfileMembership
from veza.domains.marketplace.memberships.models.changes import CancelRequested
from veza.domains.marketplace.memberships.models.state import (
    EndReason,
    MembershipState,
    OrderedPeriod,
    PeriodKind,
    ProfileMembership,
    Terms,
)
from veza.domains.marketplace.memberships.service import engine
from veza.domains.marketplace.memberships.service.store import apply
from veza.domains.marketplace.orders.rules.taxes import read_billing
from veza.domains.marketplace.orders.rules.tips import ensure_words
from veza.domains.marketplace.orders.service import periods
from veza.domains.marketplace.orders.service.vat_checks import check_vat_id
from veza.domains.marketplace.renewals.models import MembershipForm
from veza.domains.marketplace.renewals.service.desk import (
    Placed,
    RenewalDesk,
    find_placed,
    open_order,
    place_on_session,
)
from veza.domains.marketplace.taxes.models import BillingDetails
from veza.domains.marketplace.tiers import service as tiers
from veza.domains.marketplace.tiers.errors import TierNotFound
from veza.domains.marketplace.tiers.models import BillingInterval
from veza.domains.marketplace.tips import service as tips
from veza.domains.marketplace.tips.models import TipForm
from veza.domains.platform.idempotency import service as idempotency
from veza.domains.platform.idempotency.models import KeyClaim
from veza.infra.payments.provider import derive_customer_id
from veza.infra.postgres.database import Database, Tx


class _Offer(Struct, frozen=True):
    """The locked profile, terms and currency that a form asks for."""

    profile_id: UserId
    terms: Terms
    currency: str
    message: str | None = None


class _Wanted(Struct, frozen=True):
    """A membership to start, to whom it is made out, and what was found about their VAT id."""

    form: MembershipForm
    billing: BillingDetails | None
    vat_check: VatIdCheck | None


async def join(
    database: Database,
    desk: RenewalDesk,
    member: Member,
    *,
    form: MembershipForm,
    sent: KeyedRequest | None,
) -> bytes:
    """Start a membership with its first order, once for the key of the request.

    Returns the answer, a MembershipOrder. Raises Invalid, TierNotFound, IntervalNotOffered,
    TipsNotTaken, OwnProfileMembership, AlreadyMember, CountryNeeded, VatIdUnknown, PaymentRefused,
    ProviderUnavailable and KeyReused.
    """
    _ensure_one_kind(form)
    async with idempotency.claimed(database, sent) as claim:
        if claim.answer:
            return claim.answer

        async def is_placed() -> bool:
            async with database.read() as conn:
                return await periods.find_order(conn, OrderId(claim.id)) is not None

        check = await check_vat_id(desk.checkout.vat_ids, form.billing, is_placed=is_placed)
        wanted = _Wanted(form, read_billing(form.billing), check)
        place = partial(_place, desk=desk, member_id=member.id, wanted=wanted, claim=claim)
        placed = await database.transact(place)
        return await open_order(database, desk, placed, claim)


async def _place(
    tx: Tx, desk: RenewalDesk, member_id: UserId, wanted: _Wanted, claim: KeyClaim
) -> Placed:
    placed = await find_placed(tx, OrderId(claim.id))
    if placed is not None:
        return placed
    if not await periods.lock_buyer(tx, member_id):
        raise Unauthenticated
    offer = await _lock_offer(tx, member_id, wanted.form)
    former = await engine.lock_between(tx, member_id, offer.profile_id)
    if former is not None:
        repeated = await _end_unpaid(tx, former, offer, wanted.billing)
        if repeated is not None:
            return repeated
    membership = _make(desk, member_id, offer)
    if not await engine.start(tx, membership):
        raise Unavailable
    period = OrderedPeriod(
        membership.id,
        offer.profile_id,
        1,
        PeriodKind.START,
        offer.terms,
        offer.currency,
        billing=wanted.billing,
        vat_check=wanted.vat_check,
        message=offer.message,
    )
    return await place_on_session(tx, desk, membership, period, claim)


async def _end_unpaid(
    tx: Tx, former: ProfileMembership, offer: _Offer, billing: BillingDetails | None
) -> Placed | None:
    """Return an order of the same that can be paid, or end what was not paid.

    Raises AlreadyMember.
    """
    if former.state is not MembershipState.PENDING:
        raise AlreadyMember
    if former.terms == offer.terms:
        for each in await engine.list_open_orders(tx, former):
            order = await periods.find_order(tx, each.id) if each.is_payable else None
            if order is None or order.billing != billing:
                continue
            if await tips.find_message(tx, order.id) == offer.message:
                return Placed(former, order)
    await apply(tx, former, CancelRequested(EndReason.UNPAID))
    return None


async def _lock_offer(tx: Tx, member_id: UserId, form: MembershipForm) -> _Offer:
    if form.tier_id is None:
        assert form.profile_id is not None
        assert form.amount_cents is not None
        if form.profile_id == member_id:
            raise OwnProfileMembership
        tip = TipForm(form.profile_id, form.amount_cents, form.message or "")
        [ordered] = await tips.lock_tips(tx, [tip], member_id)
        jar = ordered.jar
        terms = Terms(None, jar.name, BillingInterval.MONTH, form.amount_cents)
        return _Offer(jar.profile_id, terms, jar.currency, ordered.message)
    found = await tiers.find_tier(tx, form.tier_id)
    if found is None or not await engine.lock_profile(tx, found.profile_id, member_id):
        raise TierNotFound
    if found.profile_id == member_id:
        raise OwnProfileMembership
    tier, cents = await tiers.lock_to_join(tx, form.tier_id, form.interval)
    terms = Terms(tier.id, tier.name, form.interval, cents)
    return _Offer(tier.profile_id, terms, tier.currency)


def _make(desk: RenewalDesk, member_id: UserId, offer: _Offer) -> ProfileMembership:
    return ProfileMembership(
        id=MembershipId(new_id()),
        member_id=member_id,
        profile_id=offer.profile_id,
        currency=offer.currency,
        state=MembershipState.PENDING,
        anchor_day=now().day,
        provider=desk.checkout.payments.name,
        customer_id=derive_customer_id(member_id),
        **structs.asdict(offer.terms),
    )


def _ensure_one_kind(form: MembershipForm) -> None:
    is_tip = form.profile_id is not None and form.amount_cents is not None
    is_monthly = form.interval is BillingInterval.MONTH
    has_tip = form.profile_id is not None or form.amount_cents is not None or form.message
    is_right = not has_tip if form.tier_id is not None else is_tip and is_monthly
    if not is_right:
        sentence = "Choose a tier, or a profile with the amount of a month and a message."
        raise Invalid(details=[FieldError("tier_id", sentence, "one_kind")])
    ensure_words(form.message or "", "message")
