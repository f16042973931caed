"""The payment and payout providers: those of the settings, or the sandbox."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from msgspec import Struct

from veza.app.settings.setting_types import PaymentProviderName, PayoutProviderName
from veza.app.settings.settings import Settings
from veza.core.money_mode import MoneyMode, ensure_one_mode, mode_of
from veza.domains.marketplace.orders.service import guest_orders
from veza.domains.marketplace.refunds.service import provider_refunds
from veza.domains.marketplace.sandbox.service import payments as sandbox_payments
from veza.domains.marketplace.sandbox.service.payments import SandboxPayments
from veza.domains.marketplace.sandbox.service.payouts import SandboxPayouts
from veza.domains.marketplace.sandbox.service.simulation import Sandbox
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.webhooks import service as webhooks
from veza.domains.marketplace.webhooks.jobs import EventConsumers
from veza.domains.marketplace.webhooks.service import WebhookSecrets
from veza.http.context import PaymentForm
from veza.infra.payments.provider import PaymentProvider
from veza.infra.payouts.provider import PayoutProvider, PayoutsByMode
from veza.infra.postgres.database import Database
from veza.infra.security.secrets import DerivedKeys, Secrets


class MoneyProviders(Struct, frozen=True):
    """The payment provider and the payout provider of the settings, of the same mode.

    The sandbox is always available: orders made in it before the settings named real providers
    end in it. Real providers are available only while the settings name them.
    """

    payments: PaymentProvider
    payouts: PayoutProvider
    sandbox_payments: SandboxPayments
    sandbox_payouts: SandboxPayouts

    @property
    def mode(self) -> MoneyMode:
        """Return the mode of the money that moves now."""
        return mode_of(self.payments.name)

    @property
    def former_payments(self) -> tuple[PaymentProvider, ...]:
        """Return the payment providers of the past that may still have open orders."""
        return () if self.mode is MoneyMode.TEST else (self.sandbox_payments,)

    @property
    def payouts_by_mode(self) -> PayoutsByMode:
        """Return the payout provider of each mode."""
        return {MoneyMode.TEST: self.sandbox_payouts} | {mode_of(self.payouts.name): self.payouts}


@asynccontextmanager
async def open_providers(
    settings: Settings, secrets: Secrets, database: Database, prefix: str
) -> AsyncGenerator[MoneyProviders]:
    """Open the clients of the providers, and close them at the end.

    Raises CannotStart if only one of the two moves real money.
    """
    ensure_one_mode(settings.payment_provider, settings.payout_provider)
    secret = _find_payments_secret(settings, secrets)
    sandbox = create_sandbox_payments(database, secret), SandboxPayouts(database, prefix)
    async with (
        _open_payments(settings, sandbox[0]) as payments,
        _open_payouts(settings, sandbox[1]) as payouts,
    ):
        yield MoneyProviders(payments, payouts, *sandbox)


def create_webhook_secrets(
    settings: Settings, secrets: Secrets, payments: PaymentProvider
) -> WebhookSecrets:
    """Return the secrets that sign the webhooks of the providers."""
    return WebhookSecrets(
        payment_provider=payments.name,
        payments_secret=_find_payments_secret(settings, secrets),
        stripe_secret=settings.stripe_webhook_secret,
    )


def create_event_consumers(database: Database, providers: MoneyProviders) -> EventConsumers:
    """Return the consumers of webhook events, of the present and of former providers."""
    former = tuple(
        _create_event_consumers(database, payments, providers.payouts)
        for payments in providers.former_payments
    )
    return _create_event_consumers(database, providers.payments, providers.payouts, former)


def create_sandbox_payments(database: Database, secret: str) -> SandboxPayments:
    """Return the payment provider of the sandbox. It sends its webhooks to this server.

    They are its own, even if another provider is configured and signs with this secret.
    """
    secrets = WebhookSecrets(sandbox_payments.NAME, secret, stripe_secret=None)

    async def send_webhook(body: bytes, signature: str) -> None:
        await webhooks.receive_payment_event(database, secrets, body, [signature])

    return SandboxPayments(database, send_webhook, secret)


def create_sandbox(database: Database, providers: MoneyProviders, keys: DerivedKeys) -> Sandbox:
    """Return the sandbox and what its customers do there."""
    payments = providers.payments
    payouts = providers.payouts
    return Sandbox(
        payments=payments if isinstance(payments, SandboxPayments) else None,
        payouts=payouts if isinstance(payouts, SandboxPayouts) else None,
        may_pay=partial(guest_orders.may_pay, keys.derive(guest_orders.KEY_PURPOSE)),
        refresh_account=partial(sellers.refresh_account, database, payouts),
    )


@asynccontextmanager
async def open_hyperswitch(settings: Settings) -> AsyncGenerator[PaymentProvider]:
    """Open the client of Hyperswitch, and close it at the end."""
    # Imported where it is used: most servers have the sandbox.
    from veza.infra.payments.hyperswitch import Hyperswitch, HyperswitchSettings  # noqa: PLC0415

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
async def open_stripe(settings: Settings) -> AsyncGenerator[PayoutProvider]:
    """Open the client of Stripe, and close it at the end."""
    # Imported where it is used: the SDK takes 70 ms and 10 MiB.
    from veza.infra.payouts.stripe import Stripe, StripeSettings  # noqa: PLC0415

    assert settings.stripe_secret_key is not None
    stripe = Stripe(StripeSettings(settings.stripe_secret_key, settings.stripe_url))
    try:
        yield stripe
    finally:
        await stripe.close()


def _find_payments_secret(settings: Settings, secrets: Secrets) -> str:
    return settings.hyperswitch_webhook_secret or secrets.webhooks


def _create_event_consumers(
    database: Database,
    payments: PaymentProvider,
    payouts: PayoutProvider,
    former: tuple[EventConsumers, ...] = (),
) -> EventConsumers:
    return EventConsumers(
        payments=payments,
        apply_reported=payments.apply_reported if isinstance(payments, SandboxPayments) else None,
        refresh_refund=partial(provider_refunds.update_from_provider, database, payments),
        refresh_account=partial(sellers.refresh_account, database, payouts),
        former=former,
    )


@asynccontextmanager
async def _open_payments(
    settings: Settings, sandbox: SandboxPayments
) -> AsyncGenerator[PaymentProvider]:
    if settings.payment_provider is PaymentProviderName.SANDBOX:
        yield sandbox
        return
    async with open_hyperswitch(settings) as hyperswitch:
        yield hyperswitch


@asynccontextmanager
async def _open_payouts(
    settings: Settings, sandbox: SandboxPayouts
) -> AsyncGenerator[PayoutProvider]:
    if settings.payout_provider is PayoutProviderName.SANDBOX:
        yield sandbox
        return
    async with open_stripe(settings) as stripe:
        yield stripe


def find_payment_form(settings: Settings) -> PaymentForm | None:
    """Return the payment form that browsers load, if it is configured and real money moves."""
    if settings.payment_provider is not PaymentProviderName.HYPERSWITCH:
        return None
    script = settings.hyperswitch_script_url
    key = settings.hyperswitch_publishable_key
    if script is None or key is None or settings.hyperswitch_url is None:
        return None
    return PaymentForm(script, settings.hyperswitch_url, key)
