"""Monitoring, assembled: health checks, metrics, statistics, and the settings in effect."""

from typing import Any

from veza.app.admin_stats import list_statistics
from veza.app.backup_schedule import find_schedule
from veza.app.services import Services
from veza.app.settings.effective_settings import list_effective
from veza.app.settings.setting_types import PayoutProviderName
from veza.domains.platform.backups.models import BackupPlan
from veza.domains.platform.monitoring.service import (
    HealthChecks,
    MonitoredSystems,
    StatisticSources,
)
from veza.domains.platform.monitoring.shared_metrics import SharedMetrics
from veza.http.metrics import MetricsReaders, MetricsText
from veza.infra.security.secrets import has_secrets


def create_monitoring(services: Services) -> tuple[Any, ...]:
    """Return the services that the routes of monitoring and of the console ask for."""
    settings = services.settings
    schedule = find_schedule(services.settings)
    shared = SharedMetrics(services.database, services.disk, schedule)
    return (
        HealthChecks(_list_monitored_systems(services)),
        MetricsText(shared.get),
        MetricsReaders(settings.metrics_readers, settings.proxies),
        StatisticSources(list_statistics(settings)),
        list_effective(settings),
        BackupPlan(schedule),
    )


def _list_monitored_systems(services: Services) -> MonitoredSystems:
    return MonitoredSystems(
        services.database,
        services.valkey,
        services.storage,
        services.disk,
        _summarize_settings(services),
        find_schedule(services.settings),
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
