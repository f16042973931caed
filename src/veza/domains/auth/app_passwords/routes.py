"""App passwords for music players: one is shown only when it is created."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import AppPasswordId
from veza.core.profiles import NotYourProfile
from veza.core.step_up import StepUp
from veza.domains.auth.app_passwords import errors, service
from veza.domains.auth.app_passwords.models import (
    AppPasswordForm,
    AppPasswordList,
    CreatedAppPassword,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Deleted, Envelope
from veza.http.services import service_of


@post(
    "/users/me/app-passwords",
    access=Access.USER,
    scope=None,
    step_up=StepUp.WITH_FACTORS,
    errors=[errors.TooManyAppPasswords, NotYourProfile],
)
async def create_app_password(
    request: AnyRequest, data: JSONBody[AppPasswordForm], tx: Tx
) -> Envelope[CreatedAppPassword]:
    """Create a password for a music player on one of your devices. It is shown only once.

    Players that speak OpenSubsonic use it together with your username, or as an API key, at the
    address of this server. It gives access to your music there and to nothing else; with a
    `profile_id` to that profile's. You can create up to 25.
    """
    encryptor = service_of(request, service.AppPasswords).encryptor
    created = await service.create_password(tx, encryptor, viewer_of(request).id, data)
    return Envelope(created, status_code=201, headers={"cache-control": "no-store"})


@get("/users/me/app-passwords", access=Access.USER, scope=None)
async def list_app_passwords(request: AnyRequest, conn: Conn) -> AppPasswordList:
    """List your app passwords, newest first, each with its last use."""
    return await service.list_passwords(conn, viewer_of(request).id)


@delete(
    "/users/me/app-passwords/{password_id:uuid}",
    status_code=200,
    access=Access.USER,
    scope=None,
    step_up=StepUp.WITH_FACTORS,
    errors=[errors.AppPasswordNotFound],
)
async def revoke_app_password(request: AnyRequest, password_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Revoke an app password of yours: its device is signed out immediately."""
    await service.revoke_password(tx, viewer_of(request).id, AppPasswordId(password_id))
    return Deleted(password_id)


router = Router(
    "/",
    route_handlers=[create_app_password, list_app_passwords, revoke_app_password],
    tags=["keys"],
    opt={"right": None},
)
