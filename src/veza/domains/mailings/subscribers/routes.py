"""Subscribing to mail of a profile, ending it, and the lists of profiles."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter

from veza.core.access import Access
from veza.core.csv_rows import MEDIA_TYPE, write_rows
from veza.core.filenames import attachment
from veza.core.ids import ProfileId
from veza.core.profiles import NotYourProfile, Right
from veza.domains.auth.recovery.errors import InvalidLink
from veza.domains.auth.sign_up.errors import ProofRequired
from veza.domains.mailings.subscribers import errors, rules, service
from veza.domains.mailings.subscribers.models import (
    ImportForm,
    ImportResult,
    MemberSubscription,
    MemberSubscriptionForm,
    NamedSender,
    SubscribeForm,
    SubscriberConfirmation,
    SubscriberCounts,
)
from veza.domains.mailings.subscribers.service import SubscriberContext
from veza.domains.profiles.errors import ProfileNotFound
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    client_of,
    database_of,
    expensive_work,
    reading,
    viewer_of,
)
from veza.http.expensive import SEARCH
from veza.http.responses.envelope import Done, Envelope
from veza.http.route_classes import RateClass
from veza.http.services import service_of
from veza.infra.concurrency.pieces import in_pieces

_REFUSED = (ProfileNotFound, NotYourProfile)


@post(
    "/profiles/{profile_id:uuid}/subscribers",
    status_code=202,
    credentials="ignored",
    rate_class=RateClass.AUTH,
    errors=[
        ProfileNotFound,
        errors.TooManySubscriptions,
        errors.SubscriptionsFull,
        ProofRequired,
    ],
)
async def subscribe_address(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[SubscribeForm]
) -> Done:
    """Ask for mail of a profile at an address, without an account.

    The address gets a link to confirm; the answer is the same for all addresses. While there are
    many a proof of work is needed, as for a sign-up.
    """
    await service.subscribe(
        database_of(request),
        service_of(request, SubscriberContext),
        ProfileId(profile_id),
        data,
        ip=client_of(request).address,
    )
    return Done("Open the link in the mail that is on its way.")


@post(
    "/subscribers/confirm",
    status_code=200,
    credentials="ignored",
    rate_class=RateClass.AUTH,
    errors=[InvalidLink],
)
async def confirm_subscriber(
    request: AnyRequest, data: JSONBody[SubscriberConfirmation], tx: Tx
) -> NamedSender:
    """Confirm an address with the token of the mailed link; again it answers the same."""
    context = service_of(request, SubscriberContext)
    return await service.confirm(tx, context, data.token, ip=client_of(request).address)


@post(
    "/subscribers/{token:str}/unsubscribe",
    status_code=200,
    credentials="ignored",
    rate_class=RateClass.AUTH,
    goes_on=True,
    needs_space=False,
    errors=[InvalidLink, ProfileNotFound],
)
async def unsubscribe_address(
    request: AnyRequest,
    token: Annotated[str, PathParameter(max_length=300)],
    tx: Tx,
) -> NamedSender:
    """End mail of a profile by the link in it: `List-Unsubscribe`, with any body (RFC 8058)."""
    return await service.unsubscribe(tx, service_of(request, SubscriberContext), token)


@get(
    "/profiles/{profile_id:uuid}/subscription",
    access=Access.USER,
    right=None,
    scope=None,
    errors=[ProfileNotFound],
)
async def show_subscription(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> MemberSubscription:
    """Get whether you have chosen mail of a profile."""
    return await service.show_own(conn, ProfileId(profile_id), viewer_of(request))


@put(
    "/profiles/{profile_id:uuid}/subscription",
    access=Access.USER,
    right=None,
    scope=None,
    needs_space=False,
    errors=[ProfileNotFound],
)
async def choose_subscription(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    data: JSONBody[MemberSubscriptionForm],
    tx: Tx,
) -> MemberSubscription:
    """Choose mail of a profile, which then gets your address, or end all mail of it."""
    return await service.choose(
        tx,
        ProfileId(profile_id),
        viewer_of(request),
        subscribed=data.subscribed,
        ip=client_of(request).address,
    )


@get(
    "/profiles/{profile_id:uuid}/subscribers",
    access=Access.USER,
    scope=None,
    errors=[*_REFUSED],
)
async def count_subscribers(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> SubscriberCounts:
    """Count who subscribed to mail of a profile that you manage."""
    return await service.count_subscribers(conn, ProfileId(profile_id), viewer_of(request))


@post(
    "/profiles/{profile_id:uuid}/subscribers/import",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[
        *_REFUSED,
        errors.NoAddresses,
        errors.SubscriptionsFull,
        errors.TooManyImported,
    ],
)
async def import_subscribers(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[ImportForm], tx: Tx
) -> ImportResult:
    """Import up to 5,000 addresses a day: each gets one mail, and no other unless it confirms."""
    counters = service_of(request, SubscriberContext).counters
    return await service.import_list(tx, counters, ProfileId(profile_id), viewer_of(request), data)


@get(
    "/profiles/{profile_id:uuid}/subscribers/export",
    access=Access.USER,
    scope=None,
    produces=MEDIA_TYPE,
    errors=[*_REFUSED],
)
async def export_subscribers(request: AnyRequest, profile_id: FromPath[UUID]) -> Envelope[bytes]:
    """Export the addresses of subscribers who consented, as CSV, with the proof of consent."""
    async with expensive_work(request, SEARCH):
        async with reading(request) as conn:
            found = await service.list_all(conn, ProfileId(profile_id), viewer_of(request))
        rows = [rules.write_list(piece) async for piece in in_pieces(found)]
    content = write_rows([rules.COLUMNS]) + b"".join(rows)
    headers = {"Content-Disposition": attachment("subscribers.csv")}
    return Envelope(content, media_type=MEDIA_TYPE, headers=headers)


router = Router(
    "/",
    route_handlers=[
        subscribe_address,
        confirm_subscriber,
        unsubscribe_address,
        show_subscription,
        choose_subscription,
        count_subscribers,
        import_subscribers,
        export_subscribers,
    ],
    tags=["mail"],
    # The role in the profile of the path decides.
    opt={"right": Right.READ},
)
