"""The preparation of `veza serve`: check the storage, and create the first admin."""

import asyncio

import msgspec
import structlog

from veza.app.cli.verify_audit import record_command
from veza.app.services import open_services
from veza.app.settings import Settings
from veza.core.access import Role
from veza.core.errors import CannotStart, VezaError
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.models import RegistrationForm
from veza.infra.storage.objects import open_storage

log = structlog.get_logger()


def prepare_server(settings: Settings) -> None:
    """Fail once and early, rather than in every process. Raises CannotStart."""
    if settings.storage_url is not None:
        open_storage(settings.storage_url, settings.data_dir).close()
    asyncio.run(create_first_admin(settings))


async def create_first_admin(settings: Settings) -> None:
    """Create the admin of `VEZA_ADMIN_EMAIL` if there is no admin. Raises CannotStart."""
    if settings.admin_email is None or settings.admin_password is None:
        return
    async with open_services(settings) as services:
        record_command(services.database, "make-first-admin")
        async with services.database.read() as conn:
            if await accounts.has_admin(conn):
                return
        form = _read_form(settings.admin_email, settings.admin_password)
        try:
            await accounts.create_account(
                services.database, services.login_context, form, Role.ADMIN
            )
        except VezaError as error:
            reasons = " ".join([str(error), *(detail.message for detail in error.details)])
            raise CannotStart(
                f"The admin of VEZA_ADMIN_EMAIL can't be created: {reasons}"
            ) from error
    log.info("first_admin_made", email=settings.admin_email)


def _read_form(email: str, password: str) -> RegistrationForm:
    given = {"username": "admin", "email": email, "password": password}
    try:
        return msgspec.convert(given, RegistrationForm)
    except msgspec.ValidationError as error:
        raise CannotStart(
            f"VEZA_ADMIN_EMAIL and VEZA_ADMIN_PASSWORD can't be used: {error}"
        ) from error
