"""Visitors learn what sign-up takes, and register; members create and delete invitations."""

from typing import cast
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import InvitationId
from veza.core.pages import BadCursor
from veza.domains.auth.accounts import errors as account_errors
from veza.domains.auth.accounts.models import SignedInUser
from veza.domains.auth.mail_domains.errors import MailDomainRefused
from veza.domains.auth.sessions.models import Device
from veza.domains.auth.sign_up import errors
from veza.domains.auth.sign_up.models import (
    Invitation,
    InvitationForm,
    InvitationPage,
    SignUpForm,
    SignUpState,
    WaitingAccount,
)
from veza.domains.auth.sign_up.service import invitations, registration
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.context import context_of
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    client_of,
    database_of,
    language_of,
    viewer_of,
)
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted, Envelope
from veza.http.route_classes import RateClass
from veza.http.services import service_of


@get("/auth/sign-up", credentials="ignored", rate_class=RateClass.AUTH)
async def show_sign_up(request: AnyRequest) -> Envelope[SignUpState]:
    """Show who may create an account, and what it takes.

    While many accounts are being created, it also has a challenge for a proof of work. A challenge
    works once, within five minutes.
    """
    context = service_of(request, SignUpContext)
    state = await registration.get_state(database_of(request), context)
    return Envelope(state, headers={"cache-control": "no-store"})


@post(
    "/auth/register",
    scope=None,
    rate_class=RateClass.AUTH,
    responses={202: ResponseSpec(WaitingAccount, generate_examples=False, description="Waiting")},
    errors=[
        account_errors.UsernameTaken,
        account_errors.NameOfVerified,
        account_errors.EmailTaken,
        account_errors.WeakPassword,
        account_errors.PasswordSignInOff,
        MailDomainRefused,
        errors.SignUpClosed,
        errors.MessageRequired,
        errors.InvitationRequired,
        errors.InvitationRefused,
        errors.ProofRequired,
        errors.QueueFull,
        TextRefused,
    ],
)
async def register(request: AnyRequest, data: JSONBody[SignUpForm]) -> Envelope[SignedInUser]:
    """Register a new user, who is signed in at once.

    Mails come in the first language of `Accept-Language` that there is, until another is chosen. If
    the server asks for approval, the answer is 202 without tokens: staff reads the `message`,
    and its decision arrives by mail. `GET /auth/sign-up` tells what this server asks for.
    """
    service_of(request, TextFilters).ensure_accepted(data, "username")
    client = client_of(request)
    outcome = await registration.sign_up(
        database_of(request),
        service_of(request, SignUpContext),
        Device(client.device, client.address),
        data,
        language=language_of(request),
    )
    if isinstance(outcome, WaitingAccount):
        answer = Envelope(outcome, status_code=202, headers={"cache-control": "no-store"})
        # The annotation is the answer with tokens, which is documented as 201.
        return cast(Envelope[SignedInUser], answer)
    return context_of(request).cookies.set_tokens(
        outcome.signed_in, status_code=201, device_token=outcome.device_token
    )


@get(
    "/auth/invitations",
    access=Access.USER,
    scope=None,
    rate_class=RateClass.AUTH,
    errors=[BadCursor],
)
async def list_invitations(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> InvitationPage:
    """List your invitations, newest first; expired ones for thirty days."""
    return await invitations.list_own(
        conn,
        service_of(request, SignUpContext),
        viewer_of(request),
        limit=limit,
        cursor=read_cursor(cursor),
    )


@post(
    "/auth/invitations",
    access=Access.USER,
    scope=None,
    rate_class=RateClass.AUTH,
    errors=[errors.MayNotInvite, errors.TooManyInvitations],
)
async def create_invitation(
    request: AnyRequest, tx: Tx, data: JSONBody[InvitationForm]
) -> Invitation:
    """Create an invitation to this server.

    Staff may always, for up to a hundred people; members if the server allows it, for one person
    each, and a number of times within thirty days. The code works until it is used up, expired or
    deleted, or you are suspended.
    """
    context = service_of(request, SignUpContext)
    return await invitations.invite(tx, context, viewer_of(request), data)


@delete(
    "/auth/invitations/{invitation_id:uuid}",
    access=Access.USER,
    scope=None,
    rate_class=RateClass.AUTH,
    status_code=200,
    errors=[errors.InvitationNotFound],
)
async def delete_invitation(request: AnyRequest, invitation_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete an invitation of yours: its code no longer works."""
    await invitations.delete_own(tx, viewer_of(request), InvitationId(invitation_id))
    return Deleted(invitation_id)


router = Router(
    "/",
    route_handlers=[show_sign_up, register, list_invitations, create_invitation, delete_invitation],
    tags=["accounts"],
    opt={"right": None},
)
