"""Who moves money is what the settings say; nothing else of the program knows the difference."""

from contextlib import AbstractAsyncContextManager

import msgspec

from veza.app.payment_providers import (
    MoneyProviders,
    create_event_consumers,
    create_sandbox,
    create_webhook_secrets,
    open_providers,
)
from veza.app.services import Services
from veza.app.settings.setting_types import PaymentProviderName, PayoutProviderName
from veza.app.settings.settings import Settings
from veza.core.ids import new_id
from veza.domains.marketplace.sandbox.service.payments import SandboxPayments
from veza.domains.marketplace.sandbox.service.payouts import SandboxPayouts
from veza.infra.payments.hyperswitch import Hyperswitch
from veza.infra.payments.provider import Payment, PaymentState
from veza.infra.payouts.stripe import Stripe
from veza.infra.security.secrets import load_secrets


def _with_companies(settings: Settings) -> Settings:
    return msgspec.structs.replace(
        settings,
        payment_provider=PaymentProviderName.HYPERSWITCH,
        hyperswitch_url="https://hyperswitch.test",
        hyperswitch_api_key="snd_of_ours",
        hyperswitch_webhook_secret="swordfish",
        payout_provider=PayoutProviderName.STRIPE,
        stripe_secret_key="sk_of_ours",
        stripe_webhook_secret="whsec_of_ours",
    )


def _open(services: Services, settings: Settings) -> AbstractAsyncContextManager[MoneyProviders]:
    secrets = load_secrets(services.settings.data_dir)
    return open_providers(settings, secrets, services.database, "/api/v1")


async def test_without_settings_the_sandbox_plays_both(services: Services) -> None:
    async with _open(services, services.settings) as companies:
        assert isinstance(companies.payments, SandboxPayments)
        assert isinstance(companies.payouts, SandboxPayouts)
        assert create_event_consumers(services.database, companies).apply_reported is not None
        sandbox = create_sandbox(services.database, companies, services.keys)
        assert (sandbox.payments, sandbox.payouts) == (companies.payments, companies.payouts)


async def test_companies_that_are_chosen_leave_nothing_to_play(services: Services) -> None:
    settings = _with_companies(services.settings)
    async with _open(services, settings) as companies:
        assert isinstance(companies.payments, Hyperswitch)
        assert isinstance(companies.payouts, Stripe)
        # What it says it is asked about: nobody is taken at their word.
        assert create_event_consumers(services.database, companies).apply_reported is None
        sandbox = create_sandbox(services.database, companies, services.keys)
        assert (sandbox.payments, sandbox.payouts) == (None, None)


def test_the_secret_of_events_is_the_one_of_the_settings_or_was_drawn(services: Services) -> None:
    settings, secrets = services.settings, load_secrets(services.settings.data_dir)

    drawn = create_webhook_secrets(settings, secrets, services.payments)
    assert (drawn.payment_provider, drawn.payments_secret) == ("sandbox", secrets.webhooks)
    assert drawn.stripe_secret is None

    given = create_webhook_secrets(_with_companies(settings), secrets, services.payments)
    assert given.payments_secret == "swordfish"
    assert given.stripe_secret == "whsec_of_ours"


async def test_the_sandbox_reports_as_itself_while_another_company_is_chosen(services: Services):
    made = Payment(f"p{new_id().hex[:29]}", PaymentState.SUCCEEDED, 500, "EUR")
    async with _open(services, _with_companies(services.settings)) as companies:
        await companies.sandbox_payments.report(made)

    sql = "select provider from webhook_events where event_id like '%' || $1 || '%'"
    async with services.database.read() as conn:
        assert await conn.column(str, sql, made.id) == ["sandbox"]
