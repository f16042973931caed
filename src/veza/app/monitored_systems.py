"""What `/health` checks, and the settings that `/health/deep` shows."""

from typing import Any

from veza.app.services import Services
from veza.app.setting_types import PayoutProviderName
from veza.domains.platform.monitoring.service import MonitoredSystems
from veza.infra.security.secrets import has_secrets


def list_monitored_systems(services: Services) -> MonitoredSystems:
    """Return the systems that health checks look at."""
    return MonitoredSystems(
        services.database,
        services.valkey,
        services.storage,
        services.settings.data_dir,
        _summarize_settings(services),
    )


def _summarize_settings(services: Services) -> dict[str, Any]:
    """Return the settings that `/health/deep` shows: no secrets."""
    settings = services.settings
    return {
        "environment": settings.env,
        # Set, or created at the first start.
        "jwt_secret_set": settings.jwt_secret is not None or has_secrets(settings.data_dir),
        "embedded_database": settings.database_url is None,
        "embedded_cache": settings.valkey_url is None,
        "creator_signup": settings.creator_signup,
        "platform_fee_rate": float(settings.fee_rate),
        "money_mode": settings.money_mode,
        "paid_products_are_free": settings.is_free_in_production,
        "payment_provider": settings.payment_provider,
        "payout_provider": settings.payout_provider,
        "stripe_connect_enabled": settings.payout_provider is PayoutProviderName.STRIPE,
        # No setting disables it.
        "transfer_retry_enabled": True,
        "upload_max_bytes": settings.upload_max_bytes,
    }
