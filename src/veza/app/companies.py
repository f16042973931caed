"""The companies that move money for us: those of the settings, or the sandbox that plays them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from msgspec import Struct

from veza.app.settings import PaymentCompany, PayoutCompany, Settings
from veza.domains.orders import service as orders
from veza.domains.refunds import service as refunds
from veza.domains.sandbox.service import Sandbox, SandboxPayments, SandboxPayouts
from veza.domains.sellers import service as sellers
from veza.domains.webhooks import service as webhooks
from veza.domains.webhooks.jobs import Hearers
from veza.domains.webhooks.service import Doors
from veza.infra.db import Database
from veza.infra.keys import Secrets
from veza.infra.payments.hyperswitch import Hyperswitch, HyperswitchSettings
from veza.infra.payments.provider import PaymentProvider
from veza.infra.payouts.provider import PayoutProvider
from veza.infra.payouts.stripe import Stripe, StripeSettings


class Companies(Struct, frozen=True):
    """Who takes buyers' money, and who pays sellers."""

    payments: PaymentProvider
    payouts: PayoutProvider


@asynccontextmanager
async def open_companies(
    settings: Settings, database: Database, prefix: str
) -> AsyncGenerator[Companies]:
    """Make the clients of the companies; close their connections at the end."""
    async with (
        _open_payments(settings, database) as payments,
        _open_payouts(settings, database, prefix) as payouts,
    ):
        yield Companies(payments, payouts)


def make_doors(settings: Settings, secrets: Secrets, payments: PaymentProvider) -> Doors:
    """Say by which secrets companies are told from others."""
    return Doors(
        payments=payments.name,
        payments_secret=settings.hyperswitch_webhook_secret or secrets.webhooks,
        stripe_secret=settings.stripe_webhook_secret,
    )


def make_hearers(database: Database, companies: Companies) -> Hearers:
    """Say who knows more of a thing than an event says of it."""
    payments = companies.payments
    return Hearers(
        payments=payments,
        believe=payments.hear if isinstance(payments, SandboxPayments) else None,
        learn_refund=partial(refunds.learn_refund, database, payments),
        learn_account=partial(sellers.learn_account, database, companies.payouts),
    )


def make_sandbox(database: Database, companies: Companies, doors: Doors) -> Sandbox:
    """Say what is played here, and who hears of what happens in the sandbox."""
    payments, payouts = companies.payments, companies.payouts

    async def send_webhook(body: bytes, signature: str) -> None:
        await webhooks.receive_payment_event(database, doors, body, [signature])

    return Sandbox(
        payments=payments if isinstance(payments, SandboxPayments) else None,
        payouts=payouts if isinstance(payouts, SandboxPayouts) else None,
        is_buyer=orders.is_buyer,
        send_webhook=send_webhook,
        tell_of_account=partial(sellers.learn_account, database, payouts),
        secret=doors.payments_secret,
    )


@asynccontextmanager
async def open_hyperswitch(settings: Settings) -> AsyncGenerator[Hyperswitch]:
    """Make the client of Hyperswitch; close its connections at the end."""
    assert settings.hyperswitch_url is not None
    assert settings.hyperswitch_api_key is not None
    hyperswitch = Hyperswitch(
        HyperswitchSettings(
            base_url=settings.hyperswitch_url,
            api_key=settings.hyperswitch_api_key,
            profile_id=settings.hyperswitch_profile_id,
        )
    )
    try:
        yield hyperswitch
    finally:
        await hyperswitch.close()


@asynccontextmanager
async def open_stripe(settings: Settings) -> AsyncGenerator[Stripe]:
    """Make the client of Stripe; close its connections at the end."""
    assert settings.stripe_secret_key is not None
    stripe = Stripe(StripeSettings(settings.stripe_secret_key, settings.stripe_url))
    try:
        yield stripe
    finally:
        await stripe.close()


@asynccontextmanager
async def _open_payments(settings: Settings, database: Database) -> AsyncGenerator[PaymentProvider]:
    if settings.payment_provider is PaymentCompany.SANDBOX:
        yield SandboxPayments(database)
        return
    async with open_hyperswitch(settings) as hyperswitch:
        yield hyperswitch


@asynccontextmanager
async def _open_payouts(
    settings: Settings, database: Database, prefix: str
) -> AsyncGenerator[PayoutProvider]:
    if settings.payout_provider is PayoutCompany.SANDBOX:
        yield SandboxPayouts(database, prefix)
        return
    async with open_stripe(settings) as stripe:
        yield stripe
