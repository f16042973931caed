"""Members join, pay what is due, and change their tier, by orders that they confirm."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import MembershipId
from veza.core.profiles import Right
from veza.core.structs import copy_fields
from veza.domains.marketplace.memberships import errors as membership_errors
from veza.domains.marketplace.orders.errors import PaymentRefused, VatIdUnknown
from veza.domains.marketplace.renewals import errors
from veza.domains.marketplace.renewals.models import (
    MembershipForm,
    MembershipOrder,
    TierChoice,
    WantedTier,
)
from veza.domains.marketplace.renewals.service import joining, paying
from veza.domains.marketplace.renewals.service.desk import RenewalDesk
from veza.domains.marketplace.taxes.errors import CountryNeeded
from veza.domains.marketplace.tiers.errors import IntervalNotOffered, TierNotFound
from veza.domains.marketplace.tips.errors import TipsNotTaken
from veza.domains.platform.idempotency.errors import KeyReused
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.dependencies import AnyRequest, country_of, database_of, viewer_of
from veza.http.requests.idempotency import read_key
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance
from veza.infra.payments.errors import ProviderUnavailable

_MEMBERSHIP = "/marketplace/memberships/{membership_id:uuid}"
_PAYMENT = (PaymentRefused, KeyReused, ProviderUnavailable)


@post(
    "/marketplace/memberships",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    idempotent=True,
    errors=[
        TierNotFound,
        IntervalNotOffered,
        TipsNotTaken,
        membership_errors.OwnProfileMembership,
        membership_errors.AlreadyMember,
        CountryNeeded,
        VatIdUnknown,
        TextRefused,
        *_PAYMENT,
    ],
)
async def start_membership(
    request: AnyRequest, data: JSONBody[MembershipForm]
) -> Response[MembershipOrder]:
    """Become a member: of a tier by the month or year, or with a monthly tip to a profile.

    The answer has an order whose `payment` you confirm within 30 minutes. The payment provider
    keeps the payment method, which is charged at each renewal; you can cancel at any time. Send an
    `Idempotency-Key` to retry the request safely.
    """
    service_of(request, TextFilters).ensure_accepted(data, "message")
    sent = await read_key(request)
    desk, member = _desk_of(request), viewer_of(request)
    answer = await joining.join(database_of(request), desk, member, form=data, sent=sent)
    return Response[Any](answer)


@post(
    f"{_MEMBERSHIP}/pay",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    idempotent=True,
    errors=[
        membership_errors.MembershipNotFound,
        membership_errors.MembershipEnded,
        membership_errors.MembershipNotPossible,
        errors.PaymentUnderWay,
        *_PAYMENT,
    ],
)
async def pay_membership(
    request: AnyRequest, membership_id: FromPath[UUID]
) -> Response[MembershipOrder]:
    """Pay for a membership whose renewal failed, by an order that you confirm.

    The payment method that you use then is charged from the next renewal on.
    """
    sent = await read_key(request)
    answer = await paying.pay_now(
        database_of(request),
        _desk_of(request),
        viewer_of(request),
        membership_id=MembershipId(membership_id),
        sent=sent,
    )
    return Response[Any](answer)


@post(
    f"{_MEMBERSHIP}/tier",
    access=Access.USER,
    scope=None,
    importance=Importance.VITAL,
    idempotent=True,
    errors=[
        *membership_errors.CHANGE_ERRORS,
        TierNotFound,
        IntervalNotOffered,
        errors.PaymentUnderWay,
        *_PAYMENT,
    ],
)
async def change_membership_tier(
    request: AnyRequest, membership_id: FromPath[UUID], data: JSONBody[TierChoice]
) -> Response[MembershipOrder]:
    """Change to another tier of the profile, or to another interval.

    A dearer one begins when you pay the order in the answer, whose price is reduced by the rest of
    what you have paid. A cheaper one, and months in place of a year, begin at the renewal.
    """
    sent = await read_key(request)
    answer = await paying.change_tier(
        database_of(request),
        _desk_of(request),
        viewer_of(request),
        wanted=copy_fields(WantedTier, data, membership_id=MembershipId(membership_id)),
        sent=sent,
    )
    return Response[Any](answer)


def _desk_of(request: AnyRequest) -> RenewalDesk:
    return service_of(request, RenewalDesk).requested_from(country_of(request))


router = Router(
    "/",
    route_handlers=[start_membership, pay_membership, change_membership_tier],
    tags=["marketplace"],
    opt={"right": Right.MONEY},
)
