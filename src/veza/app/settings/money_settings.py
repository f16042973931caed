"""The settings about money: providers, the fee and refunds."""

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from veza.app.settings.player_settings import PlayerSettings
from veza.app.settings.setting_types import (
    HeaderName,
    PaymentProviderName,
    PayoutProviderName,
    ProviderUrl,
    Rate,
)
from veza.core.money_mode import MoneyMode, mode_of


class MoneySettings(PlayerSettings, Struct, frozen=True, kw_only=True):
    """Settings with which members buy, and sellers are paid."""

    platform_fee_rate: Annotated[
        Rate, Meta(description="The platform's share of each price: 0.10 is a tenth.")
    ] = "0.10"
    refund_window_days: Annotated[
        int,
        Meta(ge=0, le=3650, description="Days in which buyers and sellers can refund an order."),
    ] = 30
    payment_provider: Annotated[
        PaymentProviderName,
        Meta(
            description="Takes payments: `sandbox` (simulated) or `hyperswitch`, which needs "
            "`VEZA_PAYOUT_PROVIDER=stripe`."
        ),
    ] = PaymentProviderName.SANDBOX
    hyperswitch_url: Annotated[
        ProviderUrl | None,
        Meta(description="The API of Hyperswitch, such as `https://sandbox.hyperswitch.io`."),
    ] = None
    hyperswitch_api_key: Annotated[str | None, Meta(description="The API key of Hyperswitch.")] = (
        None
    )
    hyperswitch_profile_id: Annotated[
        str | None,
        Meta(description="The business profile in Hyperswitch. Default: its default profile."),
    ] = None
    hyperswitch_publishable_key: Annotated[
        str | None,
        Meta(
            description="The key of Hyperswitch that browsers get: `pk_…`. Without it, and the "
            "script, the web application takes no payments."
        ),
    ] = None
    hyperswitch_script_url: Annotated[
        ProviderUrl | None,
        Meta(
            description="The script of Hyperswitch's payment form, such as "
            "`https://beta.hyperswitch.io/v1/HyperLoader.js`. Only the checkout page loads it."
        ),
    ] = None
    hyperswitch_webhook_secret: Annotated[
        str | None,
        Meta(
            description="Verifies payment events: Hyperswitch's response hash key. Default, for "
            "the sandbox: created at the first start."
        ),
    ] = None
    payout_provider: Annotated[
        PayoutProviderName,
        Meta(
            description="Pays sellers: `sandbox` (simulated) or `stripe`, which needs "
            "`VEZA_PAYMENT_PROVIDER=hyperswitch`."
        ),
    ] = PayoutProviderName.SANDBOX
    stripe_secret_key: Annotated[
        str | None, Meta(description="The secret key of Stripe: `sk_…`.")
    ] = None
    stripe_url: Annotated[
        ProviderUrl, Meta(description="The API of Stripe. Change it in tests only.")
    ] = "https://api.stripe.com"
    stripe_webhook_secret: Annotated[
        str | None, Meta(description="Verifies Stripe's events: `whsec_…`.")
    ] = None

    vies_url: Annotated[
        ProviderUrl | None,
        Meta(
            description="Where the VAT ids of buyers are looked up, for example "
            "`https://ec.europa.eu/taxation_customs/vies/rest-api`. Without it, and while it is "
            "away, their form counts."
        ),
    ] = None
    country_header: Annotated[
        HeaderName | None,
        Meta(
            description="The header in which a trusted proxy tells the country of a client's "
            "network, for example `CF-IPCountry`: a second proof of the place of buyers. The proxy "
            "has to replace the one that clients send. Without it, none is kept."
        ),
    ] = None

    @property
    def money_mode(self) -> MoneyMode:
        """Return the mode of money: both providers have the same, see `environment`."""
        return mode_of(self.payment_provider)

    @property
    def balance_modes(self) -> Collection[MoneyMode]:
        """Return the money modes in which an open balance prevents erasing an account.

        With the sandbox, both modes do. With real providers only live money does: a balance of the
        sandbox is never paid out any more, and would prevent erasing for ever.
        """
        return tuple(MoneyMode) if self.money_mode is MoneyMode.TEST else (MoneyMode.LIVE,)

    @property
    def fee_rate(self) -> Decimal:
        """Return the platform's share of each price."""
        return Decimal(self.platform_fee_rate)

    @property
    def refund_window(self) -> timedelta:
        """Return how long buyers and sellers can refund an order."""
        return timedelta(days=self.refund_window_days)
