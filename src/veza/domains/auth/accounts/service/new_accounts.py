"""Accounts are stored with a name and an address that nobody else has."""

from typing import Literal

from veza.core.access import Role
from veza.core.ids import UserId, new_id
from veza.core.profiles import PageKind
from veza.domains.auth.accounts import queries, rules
from veza.domains.auth.accounts.events import UserRegistered, UserRenamed
from veza.domains.auth.accounts.models import RegistrationForm, StoredUser
from veza.domains.auth.accounts.rules import TAKEN
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import ConstraintViolation, Database, Tx


async def insert_user(tx: Tx, user: StoredUser) -> None:
    """Store an account of a visitor. Raises UsernameTaken and EmailTaken."""
    await _insert_user(tx, user)
    await emit(tx, UserRegistered(user.id, user.email))


async def insert_page(tx: Tx, page_id: UserId, handle: str, kind: PageKind) -> None:
    """Store the row of an artist, a band or a label, which owns things as members do.

    Nobody signs in to it. Emits that it has a name. Raises UsernameTaken.
    """
    try:
        await queries.insert_page(tx, page_id, handle, kind)
    except ConstraintViolation as violation:
        raise TAKEN[violation.constraint] from violation
    await emit(tx, UserRenamed(page_id, handle))


async def create_account(
    database: Database, context: LoginContext, form: RegistrationForm, role: Role
) -> UserId:
    """Create an account with a role, from the command line. `UserRegistered` is not emitted."""
    ensure_valid(form)
    user = await prepare_user(context, form, role)
    async with database.transaction() as tx:
        await _insert_user(tx, user)
    return user.id


def list_field_problems(field: Literal["username", "email", "password"], text: str) -> list[str]:
    """Return the reasons why a value can't be registered, except that it is taken."""
    return rules.FIELD_CHECKS[field](text)


def ensure_valid(form: RegistrationForm) -> None:
    """Raise Invalid or WeakPassword if an account can't have these values."""
    name, email = form.username, form.email
    rules.ensure_normal_email(email)
    rules.ensure_good_password(form.password, username=name, email=email, field="password")


async def prepare_user(
    context: LoginContext, form: RegistrationForm, role: Role = Role.USER
) -> StoredUser:
    """Return a new account with the hash of its password, which takes a while."""
    hashed = await context.passwords.hash(form.password)
    return StoredUser(UserId(new_id()), form.username, form.email, role, hashed)


async def _insert_user(tx: Tx, user: StoredUser) -> None:
    try:
        await queries.insert_user(tx, user)
    except ConstraintViolation as violation:
        raise TAKEN[violation.constraint] from violation
