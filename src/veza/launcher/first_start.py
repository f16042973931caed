"""The preparation of `veza serve`: check the storage, create the first admin or offer a link."""

import asyncio

import msgspec
import structlog

from veza.app.database_connections import ProcessType
from veza.app.paths import find_addresses
from veza.app.services import open_services
from veza.app.settings.settings import Settings
from veza.app.sign_in import find_front_end
from veza.core.access import Role
from veza.core.errors import CannotStart, VezaError
from veza.domains.auth.accounts.models import RegistrationForm
from veza.domains.auth.accounts.service import member_accounts, new_accounts
from veza.domains.auth.setup import service as setup
from veza.infra.postgres.database import connect
from veza.infra.security.secrets import load_secrets
from veza.infra.storage.stores import open_storage
from veza.operations.command_records import record_command

log = structlog.get_logger()


def prepare_server(settings: Settings) -> None:
    """Fail once and early, rather than in every process. Raises CannotStart."""
    if settings.storage_url is not None:
        open_storage(settings.storage_url, settings.data_dir).close()
    asyncio.run(prepare_first_admin(settings))


async def prepare_first_admin(settings: Settings) -> None:
    """Create the admin of `VEZA_ADMIN_EMAIL`, or offer a link, if there is no admin.

    There is no link where nobody signs in with a password: there the identity provider says who is
    an admin. Raises CannotStart.
    """
    if settings.admin_email is not None and settings.admin_password is not None:
        await create_first_admin(settings, settings.admin_email, settings.admin_password)
    elif settings.password_sign_in:
        await offer_setup(settings)


async def offer_setup(settings: Settings) -> None:
    """Write a link into the log by which the first admin is created, if there is none.

    The token is in the fragment, which browsers send to no server, so that no access log has it.
    The start waits for this, so it opens one connection rather than all services.
    """
    url = find_addresses(settings, load_secrets(settings.data_dir)).database
    async with (
        connect(url, max_size=1, name=ProcessType.COMMAND.value) as database,
        database.transaction(recorded=False) as tx,
    ):
        token = await setup.offer_link(tx)
    if token is not None:
        address = f"{find_front_end(settings)}/setup#token={token}"
        log.warning(f"Open {address} to set up this server", valid_hours=24)


async def create_first_admin(settings: Settings, email: str, password: str) -> None:
    """Create an admin with the username `admin` if there is none. Raises CannotStart."""
    async with open_services(settings) as services:
        record_command(services.database, "make-first-admin")
        async with services.database.read() as conn:
            if await member_accounts.has_admin(conn):
                return
        form = _read_form(email, password)
        try:
            await new_accounts.create_account(
                services.database, services.login_context, form, Role.ADMIN
            )
        except VezaError as error:
            reasons = " ".join([str(error), *(detail.message for detail in error.details)])
            raise CannotStart(
                f"The admin of VEZA_ADMIN_EMAIL can't be created: {reasons}"
            ) from error
    log.info("first_admin_made", email=email)


def _read_form(email: str, password: str) -> RegistrationForm:
    given = {"username": "admin", "email": email, "password": password}
    try:
        return msgspec.convert(given, RegistrationForm)
    except msgspec.ValidationError as error:
        raise CannotStart(
            f"VEZA_ADMIN_EMAIL and VEZA_ADMIN_PASSWORD can't be used: {error}"
        ) from error
