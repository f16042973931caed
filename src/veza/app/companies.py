"""The companies that move money for us: those of the settings, or the sandbox that plays them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from msgspec import Struct

from veza.app.settings import PaymentCompany, PayoutCompany, Settings
from veza.domains.sandbox.service import SandboxPayments, SandboxPayouts
from veza.infra.db import Database
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


@asynccontextmanager
async def _open_payments(settings: Settings, database: Database) -> AsyncGenerator[PaymentProvider]:
    if settings.payment_provider is PaymentCompany.SANDBOX:
        yield SandboxPayments(database)
        return
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
async def _open_payouts(
    settings: Settings, database: Database, prefix: str
) -> AsyncGenerator[PayoutProvider]:
    if settings.payout_provider is PayoutCompany.SANDBOX:
        yield SandboxPayouts(database, prefix)
        return
    assert settings.stripe_secret_key is not None
    stripe = Stripe(StripeSettings(settings.stripe_secret_key, settings.stripe_url))
    try:
        yield stripe
    finally:
        await stripe.close()
