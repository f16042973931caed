"""`veza create-admin` and `veza set-role`."""

import argparse
import getpass
import sys

import msgspec

from veza.app.cli.with_services import with_services
from veza.app.services import Services
from veza.app.settings import Settings
from veza.core.access import Role
from veza.core.errors import CannotStart
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.models import RegistrationForm


def create_admin(settings: Settings, arguments: argparse.Namespace) -> None:
    """Create an account for an admin."""
    password = sys.stdin.readline().rstrip("\n") if arguments.password_stdin else getpass.getpass()
    try:
        form = msgspec.convert(
            {"username": arguments.username, "email": arguments.email, "password": password},
            RegistrationForm,
        )
    except msgspec.ValidationError as error:
        raise CannotStart(str(error)) from error

    async def create(services: Services) -> None:
        await accounts.create_account(services.database, services.login_context, form, Role.ADMIN)
        sys.stdout.write(f"{form.username} is an admin now. Sign in with {form.email}.\n")

    with_services(settings, arguments, create)


def set_role(settings: Settings, arguments: argparse.Namespace) -> None:
    """Change the role of a member."""

    async def change(services: Services) -> None:
        async with services.database.transaction() as tx:
            user_id = await accounts.find_any_user_id(tx, arguments.username)
            await accounts.set_role(tx, user_id, Role(arguments.role))
        sys.stdout.write(f"{arguments.username} now has the role {arguments.role}.\n")

    with_services(settings, arguments, change)
