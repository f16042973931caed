"""The services of a process by their type, as the parts of domains ask for them."""

from collections.abc import Sequence
from datetime import timedelta

from veza.app.domains import DOMAINS, merge
from veza.app.file_storage import create_picture_sizes
from veza.app.live import create_restream_settings
from veza.app.mail_servers import open_settings_bulk_mailer
from veza.app.payment_providers import create_sandbox
from veza.app.services import Services
from veza.app.settings.setting_types import CreatorSignup
from veza.app.settings.settings import Settings
from veza.core.signed_urls import UrlSigner
from veza.core.text_mining import MiningPolicy
from veza.domains.auth.recovery.models import FactorRecoverySettings
from veza.domains.cloud.files.models import Retention
from veza.domains.mailings.broadcasts.models import BroadcastSettings
from veza.domains.marketplace.archives.service import ArchiveStorage
from veza.domains.marketplace.refunds.models import RefundSettings
from veza.domains.marketplace.sellers.models import SellerSettings
from veza.domains.moderation.copyright.models.notices import CopyrightSettings
from veza.domains.moderation.takedowns.models import AppealSettings
from veza.domains.moderation.transparency.models import TransparencySettings
from veza.domains.platform.suppressions.models import MailWebhook
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.domains.platform.uploads.service import Uploads
from veza.domains.profiles.models.profiles import PageSettings
from veza.domains.public_pages.sitemaps.models import RobotsPolicy
from veza.domains.replays.models import RecordingSettings
from veza.domains.shows.models.hubs import FeedHubs
from veza.http.services import ServiceRegistry
from veza.infra.mail.bulk_mailer import BulkMailer
from veza.infra.mail.delivery_tokens import DeliveryTokens
from veza.infra.mail.domain_rates import DomainRates
from veza.infra.payments.provider import PaymentProviders
from veza.infra.payouts.provider import PayoutProvider, PayoutProviders
from veza.infra.postgres.database import Database
from veza.infra.valkey.client import ValkeyClient


def create_registry(services: Services) -> ServiceRegistry:
    """Return what HTTP processes and the worker have in common."""
    registry = ServiceRegistry()
    for service in (*_list_services(services), *_list_settings(services.settings)):
        registry.add(service)
    registry.add(services.database, Database)
    registry.add(open_settings_bulk_mailer(services.settings), BulkMailer)
    registry.add(services.valkey, ValkeyClient)
    registry.add(services.payouts, PayoutProvider)
    _add_services_of_domains(registry)
    return registry


def _list_services(services: Services) -> Sequence[object]:
    settings = services.settings
    providers = services.providers
    return (
        services.invoice_documents,
        services.audio_storage,
        services.chat_tokens,
        *(services.cloud_storage, services.cloud_storage.blobs),
        *(services.site_controls, services.site_profile, services.text_filters),
        services.report_context,
        services.takedown_context,
        services.session_tokens,
        *(services.login_context, services.login_context.factors, services.sign_up),
        services.app_passwords,
        services.personal_data,
        services.hub,
        services.image_processing,
        create_picture_sizes(settings, services.image_processing),
        services.counters,
        *(services.site_mailer, services.web_push, services.shared_file_access),
        services.live,
        services.product_files,
        ArchiveStorage(
            services.audio_storage,
            timedelta(days=settings.archives_days),
            settings.archives_max_bytes,
        ),
        services.checkout,
        *(services.uploads, services.url_signer, services.keys),
        DeliveryTokens(services.keys.derive("mail_delivery")),
        DomainRates(services.counters, settings.bulk_domain_rate),
        services.webhook_secrets,
        create_sandbox(services.database, providers, services.keys),
        PaymentProviders(providers.payments, providers.former_payments),
        PayoutProviders(providers.payouts_by_mode),
    )


def _list_settings(settings: Settings) -> Sequence[object]:
    """Return the settings that domains read."""
    return (
        FactorRecoverySettings(settings.factor_recovery_delay),
        RefundSettings(settings.refund_window),
        AppealSettings(settings.appeal_window),
        RecordingSettings.from_settings(
            settings.live_recording_hours, settings.live_recording_days
        ),
        create_restream_settings(settings),
        SellerSettings(settings.app_url, settings.fee_rate),
        RobotsPolicy(settings.search_engines),
        TransparencySettings(settings.transparency),
        CopyrightSettings(
            settings.copyright_hides_at_once,
            settings.copyright_counter_period,
            settings.copyright_repeat_notices,
            settings.copyright_repeat_period,
        ),
        MiningPolicy(settings.tdm_reserved, settings.tdm_policy_url),
        FeedHubs(tuple(settings.websub_hubs), settings.public_url or ""),
        MailWebhook(settings.mail_webhook_secret),
        BroadcastSettings(settings.broadcasts_per_day),
        PageSettings(settings.pages_per_account, settings.creator_signup is CreatorSignup.APPROVAL),
        Retention.from_days(settings.cloud_trash_days, settings.cloud_versions_days),
    )


def _add_services_of_domains(registry: ServiceRegistry) -> None:
    for wiring in DOMAINS.values():
        for service in wiring.create_services(registry):
            registry.add(service)
    purposes = merge(wiring.upload_purposes(registry) for wiring in DOMAINS.values())
    uploads, path = registry.get(Uploads), registry.get(UrlSigner).path
    registry.add(ResumableUploads(uploads, dict(sorted(purposes.items())), path))
