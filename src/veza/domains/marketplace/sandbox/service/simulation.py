"""Customers of the sandbox: buyers pay, sellers connect, admins choose how transfers end."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import UserId
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.marketplace.sandbox import queries
from veza.domains.marketplace.sandbox.errors import NoSandbox, OnboardingOver, PaymentNotFound
from veza.domains.marketplace.sandbox.models import (
    OnboardingLink,
    PaymentConfirmation,
    PayoutOutcomeForm,
)
from veza.domains.marketplace.sandbox.service.payments import SandboxPayments
from veza.domains.marketplace.sandbox.service.payouts import (
    SandboxPayouts,
    account_key,
    hash_token,
    new_ref,
)
from veza.infra.postgres.database import Conn, Database

# Takes the account or the token of a guest's order, and our id of the payment.
type MayPay = Callable[[Conn, UserId | None, str | None, str], Awaitable[bool]]
type RefreshAccount = Callable[[str], Awaitable[None]]


class Sandbox(Struct, frozen=True):
    """The providers of the sandbox (None if a real provider is configured) and their callbacks.

    `refresh_account` is called when a seller has connected an account.
    """

    payments: SandboxPayments | None
    payouts: SandboxPayouts | None
    may_pay: MayPay
    refresh_account: RefreshAccount


async def confirm_payment(
    sandbox: Sandbox,
    database: Database,
    buyer: Member | None,
    payment_id: str,
    confirmation: PaymentConfirmation,
) -> None:
    """Set the outcome of a payment, and send the webhook that reports it.

    Raises NoSandbox, Unauthenticated, and PaymentNotFound if the payment isn't the buyer's.
    """
    token = confirmation.token
    if buyer is None and token is None:
        raise Unauthenticated
    payments = required(sandbox.payments, NoSandbox)
    async with database.read() as conn:
        if not await sandbox.may_pay(conn, buyer and buyer.id, token, payment_id):
            raise PaymentNotFound
    await payments.report(
        await payments.confirm(payment_id, confirmation.outcome, confirmation.later_charges)
    )


async def set_outcome(sandbox: Sandbox, database: Database, form: PayoutOutcomeForm) -> None:
    """Set how a seller's next transfers end, even before they have an account.

    Raises NoSandbox and UserNotFound.
    """
    required(sandbox.payouts, NoSandbox)
    async with database.transaction() as tx:
        await member_accounts.get_admin_user(tx, form.seller_id)
        key = account_key(form.seller_id)
        ref = await queries.insert_account(tx, new_ref("acct"), key)
        await queries.update_outcome(tx, ref, form.outcome)


async def find_link(sandbox: Sandbox, database: Database, token: str) -> OnboardingLink:
    """Return a seller's link. Raises NoSandbox and OnboardingOver."""
    required(sandbox.payouts, NoSandbox)
    async with database.read() as conn:
        return required(await queries.find_link(conn, hash_token(token)), OnboardingOver)


async def connect(sandbox: Sandbox, database: Database, token: str) -> OnboardingLink:
    """Connect the account of a seller's link. Raises NoSandbox and OnboardingOver."""
    required(sandbox.payouts, NoSandbox)
    async with database.transaction() as tx:
        link = required(await queries.update_connected(tx, hash_token(token)), OnboardingOver)
    await sandbox.refresh_account(link.ref)
    return link
