"""Members see their warnings and suspensions, and appeal once, while the time for it lasts."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.ids import ModerationActionId, TakedownId
from veza.core.profiles import Right
from veza.core.signed_urls import Resource
from veza.domains.moderation.appeals import errors, service
from veza.domains.moderation.appeals.models import AppealForm, MemberSanction, OwnSanctionList
from veza.domains.moderation.takedowns.errors import TakedownNotFound
from veza.domains.moderation.takedowns.models import AppealSettings
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.security.signed_urls import Signature, is_signed
from veza.http.services import service_of


@get("/sanctions", access=Access.USER, scope=Scope.READ)
async def list_own_sanctions(request: AnyRequest, conn: Conn) -> OwnSanctionList:
    """List your warnings, suspensions and items taken down, newest first, with your appeals.

    They are the latest hundred.
    """
    signer, settings = context_of(request).url_signer, service_of(request, AppealSettings)
    return await service.list_own_sanctions(signer, conn, settings, viewer_of(request).id)


@get("/sanctions/{sanction_id:uuid}", credentials="ignored", errors=[errors.SanctionNotFound])
async def show_sanction(
    request: AnyRequest, sanction_id: FromPath[UUID], url_signature: Signature, conn: Conn
) -> MemberSanction:
    """Show a warning or a suspension, with the appeal against it and what was decided on it.

    A suspended member can't sign in. What admits are `expires` and `signature` in the fragment of
    the `link` of the refused sign-in, of the link in the mail, and of `page` in `GET /sanctions`.
    """
    granted = is_signed(request, url_signature, Resource.APPEAL, sanction_id)
    settings, given_id = service_of(request, AppealSettings), ModerationActionId(sanction_id)
    return await service.get_sanction(conn, settings, given_id, granted=granted)


@post(
    "/sanctions/{sanction_id:uuid}/appeal",
    credentials="ignored",
    errors=[
        errors.SanctionNotFound,
        errors.AlreadyAppealed,
        errors.SanctionOver,
        errors.AppealTooLate,
    ],
)
async def appeal_sanction(
    request: AnyRequest,
    sanction_id: FromPath[UUID],
    url_signature: Signature,
    data: JSONBody[AppealForm],
    tx: Tx,
) -> MemberSanction:
    """Appeal against a warning or a suspension, once, until `appeal_until`.

    Somebody else than who decided reads it, if there is anybody else. You get a mail when it is
    decided. `expires` and `signature` are the same as for showing it.
    """
    granted = is_signed(request, url_signature, Resource.APPEAL, sanction_id)
    settings, given_id = service_of(request, AppealSettings), ModerationActionId(sanction_id)
    return await service.appeal(tx, settings, given_id, form=data, granted=granted)


@post(
    "/takedowns/{takedown_id:uuid}/appeal",
    access=Access.USER,
    scope=Scope.WRITE,
    errors=[
        TakedownNotFound,
        errors.AlreadyAppealed,
        errors.SanctionOver,
        errors.AppealTooLate,
    ],
)
async def appeal_takedown(
    request: AnyRequest, takedown_id: FromPath[UUID], data: JSONBody[AppealForm], tx: Tx
) -> MemberSanction:
    """Appeal against the take-down of an item of yours, once, until `appeal_until`.

    Somebody else than who decided reads it, if there is anybody else. If the appeal is granted, the
    item comes back as you left it.
    """
    settings, member = service_of(request, AppealSettings), viewer_of(request)
    given_id = TakedownId(takedown_id)
    return await service.appeal_takedown(tx, settings, given_id, member=member, form=data)


router = Router(
    "/",
    route_handlers=[list_own_sanctions, show_sanction, appeal_sanction, appeal_takedown],
    tags=["moderation"],
    opt={"right": Right.MANAGE},
)
