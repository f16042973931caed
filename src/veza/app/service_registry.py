"""The services of a process by their type, as the parts of domains ask for them."""

from veza.app.payment_providers import create_sandbox
from veza.app.release_archives import create_archive_storage
from veza.app.services import Services
from veza.app.upload_purposes import create_resumable_uploads
from veza.domains.auth.recovery.models import FactorRecoverySettings
from veza.domains.cloud.files.models import Retention
from veza.domains.marketplace.refunds.models import RefundSettings
from veza.domains.marketplace.sellers.models import SellerSettings
from veza.domains.music.library.service.now_playing import NowPlayingStore
from veza.http.services import ServiceRegistry
from veza.infra.payments.provider import PaymentProviders
from veza.infra.payouts.provider import PayoutProvider, PayoutProviders
from veza.infra.postgres.database import Database


def create_registry(services: Services) -> ServiceRegistry:
    """Return what HTTP processes and the worker have in common."""
    settings, providers, registry = services.settings, services.providers, ServiceRegistry()
    for service in (
        services.invoice_documents,
        services.audio_storage,
        services.chat_tokens,
        *(services.cloud_storage, services.cloud_storage.blobs),
        *(services.site_controls, services.site_profile, services.text_filters),
        services.report_context,
        services.session_tokens,
        *(services.login_context, services.login_context.factors, services.sign_up),
        services.app_passwords,
        services.personal_data,
        services.hub,
        services.image_processing,
        services.counters,
        NowPlayingStore(services.valkey),
        *(services.account_mailer, services.web_push, services.shared_file_access),
        services.live,
        services.product_files,
        create_archive_storage(services),
        services.checkout,
        services.uploads,
        create_resumable_uploads(services),
        services.webhook_secrets,
        create_sandbox(services.database, providers, services.webhook_secrets),
        PaymentProviders(providers.payments, providers.former_payments),
        PayoutProviders(providers.payouts_by_mode),
        FactorRecoverySettings(settings.factor_recovery_delay),
        RefundSettings(settings.refund_window),
        SellerSettings(settings.app_url),
        Retention.from_days(settings.cloud_trash_days, settings.cloud_versions_days),
    ):
        registry.add(service)
    registry.add(services.database, Database)
    registry.add(services.payouts, PayoutProvider)
    return registry
