"""Commands about people: accounts of admins, roles, passwords, factors, guests' addresses."""

import argparse
import getpass
import secrets
import sys

import msgspec

from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.cli.with_services import with_services
from veza.core.access import Role
from veza.core.errors import CannotStart
from veza.domains.auth.accounts.models import Password, RegistrationForm
from veza.domains.auth.accounts.service import member_accounts, new_accounts
from veza.domains.auth.factors.service import overview
from veza.domains.auth.recovery import service as recovery
from veza.domains.marketplace.guests import service as guests

# Of a random password.
_RANDOM_BYTES = 16


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
        await new_accounts.create_account(
            services.database, services.login_context, form, Role.ADMIN
        )
        sys.stdout.write(f"{form.username} is an admin now. Sign in with {form.email}.\n")

    with_services(settings, arguments, create)


def set_role(settings: Settings, arguments: argparse.Namespace) -> None:
    """Change the role of a member."""

    async def change(services: Services) -> None:
        async with services.database.transaction() as tx:
            user_id = await member_accounts.find_any_user_id(tx, arguments.username)
            await member_accounts.set_role(tx, user_id, Role(arguments.role))
        sys.stdout.write(f"{arguments.username} now has the role {arguments.role}.\n")

    with_services(settings, arguments, change)


def reset_password(settings: Settings, arguments: argparse.Namespace) -> None:
    """Give a member a new password: one that is typed twice, or without a terminal a random one."""
    typed = _read_new_password() if sys.stdin.isatty() else None

    async def reset(services: Services) -> None:
        sys.stdout.write(await reset_password_of(services, arguments.username, typed))

    with_services(settings, arguments, reset)


async def reset_password_of(services: Services, username: str, typed: str | None) -> str:
    """Give a member a password, a random one if none was typed; return what to do next."""
    if not services.login_context.passwords_open:
        raise CannotStart(
            "Members sign in at identity providers only: nothing was changed. Set "
            "VEZA_PASSWORD_SIGN_IN=true and restart the server first."
        )
    password = typed if typed is not None else secrets.token_urlsafe(_RANDOM_BYTES)
    async with services.database.read() as conn:
        user_id = await member_accounts.find_any_user_id(conn, username)
    await recovery.replace_password(services.database, services.login_context, user_id, password)
    async with services.database.read() as conn:
        user = await member_accounts.get_admin_user(conn, user_id)
        has_factors = await overview.has_factors(conn, user_id)
    lines = [f"{user.username} has a new password, and is signed out. Sign in with {user.email}."]
    if typed is None:
        lines.append(f"The password is {password}\nChange it after signing in.")
    if has_factors:
        lines.append(
            f"A second factor is still needed: if it is lost, run `veza remove-factors {username}`."
        )
    if user.suspended_at is not None:
        lines.append("The account is suspended: another admin has to lift that.")
    return "".join(f"{line}\n" for line in lines)


def _read_new_password() -> str:
    password = getpass.getpass("New password: ")
    if getpass.getpass("The same again: ") != password:
        raise CannotStart("These are two different passwords: nothing was changed.")
    try:
        return msgspec.convert(password, Password)
    except msgspec.ValidationError as error:
        raise CannotStart("A password has 8 to 128 characters: nothing was changed.") from error


def remove_factors(settings: Settings, arguments: argparse.Namespace) -> None:
    """Remove all second factors of a member, once their name was typed again."""
    _confirm_removal(arguments.username)

    async def remove(services: Services) -> None:
        sys.stdout.write(await remove_factors_of(services, arguments.username))

    with_services(settings, arguments, remove)


async def remove_factors_of(services: Services, username: str) -> str:
    """Remove all second factors of a member; return how they sign in from now on."""
    async with services.database.transaction() as tx:
        user_id = await member_accounts.find_any_user_id(tx, username)
        await recovery.remove_factors(tx, user_id)
        user = await member_accounts.get_user(tx, user_id)
    if user.has_password and services.login_context.passwords_open:
        how = "They sign in with their password"
    else:
        how = "They sign in at an identity provider, or with a password that they reset by mail"
    return (
        f"{user.username} has no second factor any more, and is signed out. {how}, and should "
        "set up another one.\n"
    )


def erase_guest(settings: Settings, arguments: argparse.Namespace) -> None:
    """Erase the address of a guest, once it was typed again."""
    sys.stdout.write(
        f"This ends the links to all that {arguments.email} ordered without an account, and can't "
        "be undone.\nMake sure who asks for it. Type the address to go on: "
    )
    sys.stdout.flush()
    if sys.stdin.readline().strip() != arguments.email:
        raise CannotStart("This is not the address: nothing was changed.")

    async def erase(services: Services) -> None:
        sys.stdout.write(await erase_guest_of(services, arguments.email))

    with_services(settings, arguments, erase)


async def erase_guest_of(services: Services, email: str) -> str:
    """Erase an address from orders without an account; return what was done."""
    async with services.database.transaction() as tx:
        order_ids = await guests.erase_address(tx, email)
    for order_id in order_ids:
        await services.site_mailer.mailer.forget(str(order_id))
    if not order_ids:
        return f"Nothing was ordered with {email} without an account.\n"
    return (
        f"The address was erased from {len(order_ids)} orders. Their amounts and invoices are kept "
        "without it.\n"
    )


def _confirm_removal(username: str) -> None:
    """Raise CannotStart unless the name of the member is typed again."""
    sys.stdout.write(
        f"This removes the authenticator app, the passkeys and the recovery codes of {username}, "
        "and ends all their sessions.\nMake sure who asks for it. "
        "Type the name of the member to go on: "
    )
    sys.stdout.flush()
    if sys.stdin.readline().strip() != username:
        raise CannotStart("This is not the name of the member: nothing was changed.")
