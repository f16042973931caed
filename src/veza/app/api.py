"""The HTTP application, assembled."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.types import ASGIApp

from veza.app.admin_stats import list_statistics
from veza.app.database_connections import ProcessType
from veza.app.live_ingest import find_hook_secret
from veza.app.openapi_tags import AREAS
from veza.app.paths import PREFIX
from veza.app.payment_providers import create_sandbox
from veza.app.public_reads import PUBLIC_FILES, PUBLIC_READS
from veza.app.release_archives import create_archive_storage
from veza.app.report_targets import REPORTABLE
from veza.app.services import Services, open_services
from veza.app.setting_types import PayoutProviderName
from veza.app.settings import Settings
from veza.core.errors import CannotStart, VezaError
from veza.domains.auth.accounts import admin_routes as accounts_staff
from veza.domains.auth.accounts import routes as accounts
from veza.domains.auth.api_keys import routes as keys
from veza.domains.auth.api_keys import service as keys_service
from veza.domains.auth.app_passwords import routes as app_passwords
from veza.domains.auth.recovery import routes as recovery
from veza.domains.auth.sessions import routes as sessions
from veza.domains.auth.sessions.rules import REFRESH_LIFETIME, session_id_of_refresh_token
from veza.domains.auth.sessions.service import authenticate
from veza.domains.auth.validation import routes as validation
from veza.domains.chat.attachments import routes as attachments
from veza.domains.chat.conversations import routes as conversations
from veza.domains.chat.messages import routes as messages
from veza.domains.cloud.files import routes as files
from veza.domains.cloud.shares import routes as shares
from veza.domains.gear import routes as gear
from veza.domains.images import routes as images
from veza.domains.live import routes as streams
from veza.domains.live.routes import HookGuard, StreamAddresses
from veza.domains.marketplace.archives import routes as archives
from veza.domains.marketplace.invoices import routes as invoices
from veza.domains.marketplace.ledger import admin_routes as ledger
from veza.domains.marketplace.orders import admin_routes as orders_staff
from veza.domains.marketplace.orders import routes as orders
from veza.domains.marketplace.payouts import admin_routes as transfers_staff
from veza.domains.marketplace.payouts import routes as transfers
from veza.domains.marketplace.products import routes as products
from veza.domains.marketplace.refunds import admin_routes as refunds_staff
from veza.domains.marketplace.refunds import routes as refunds
from veza.domains.marketplace.refunds.models import RefundSettings
from veza.domains.marketplace.reviews import routes as reviews
from veza.domains.marketplace.sandbox import routes as sandbox
from veza.domains.marketplace.sellers import routes as sellers
from veza.domains.marketplace.sellers.models import SellerSettings
from veza.domains.marketplace.webhooks import admin_routes as webhooks_staff
from veza.domains.marketplace.webhooks import routes as webhooks
from veza.domains.moderation import admin_routes as moderation_staff
from veza.domains.moderation import routes as moderation
from veza.domains.music.audio import routes as audio
from veza.domains.music.discovery import routes as discovery
from veza.domains.music.library import routes as library
from veza.domains.music.library.service.now_playing import NowPlayingStore
from veza.domains.music.lyrics import routes as lyrics
from veza.domains.music.playlists import routes as playlists
from veza.domains.music.releases import routes as releases
from veza.domains.music.statistics import routes as statistics
from veza.domains.music.tags import routes as tags
from veza.domains.music.track_comments import routes as comments
from veza.domains.music.tracks import routes as tracks
from veza.domains.notifications.inbox import routes as notifications
from veza.domains.notifications.preferences import routes as preferences
from veza.domains.platform.audit import admin_routes as audit
from veza.domains.platform.idempotency import service as idempotency
from veza.domains.platform.monitoring import admin_routes as operation_staff
from veza.domains.platform.monitoring import routes as operation
from veza.domains.platform.monitoring.service import (
    HealthChecks,
    MonitoredSystems,
    StatisticSources,
)
from veza.domains.platform.site_controls import admin_routes as control_staff
from veza.domains.platform.site_controls import routes as control
from veza.domains.platform.uploads import routes as uploads
from veza.domains.privacy import admin_routes as privacy_staff
from veza.domains.privacy import routes as privacy
from veza.domains.realtime import routes as chat
from veza.domains.realtime.sockets import ChatSockets
from veza.domains.relationships import routes as relations
from veza.domains.search import routes as search
from veza.domains.social.post_comments import routes as discussions
from veza.domains.social.posts import routes as posts
from veza.domains.subsonic.routes.rest import answer_player
from veza.domains.subsonic.service.catalogue import Catalogue
from veza.domains.subsonic.service.covers import CoverSizes
from veza.domains.web import routes as web
from veza.http import errors, swagger, web_app
from veza.http.audit import AuditMiddleware
from veza.http.authorization import authorize
from veza.http.compression import CompressionMiddleware
from veza.http.context import HttpContext
from veza.http.cookies import TokenCookies
from veza.http.cors import CorsMiddleware, Origins
from veza.http.csrf import CsrfTokens
from veza.http.dependencies import PROVIDERS
from veza.http.disconnects import DisconnectMiddleware
from veza.http.envelope import Envelope
from veza.http.etags import EtagMiddleware
from veza.http.expensive import ExpensiveReads
from veza.http.file_delivery import FileDelivery
from veza.http.gpc import show_gpc_support
from veza.http.head_requests import HeadMiddleware
from veza.http.json_body import JsonRequest
from veza.http.options_requests import OptionsMiddleware
from veza.http.public_files import PublicFiles
from veza.http.public_reads import PublicReads
from veza.http.rate_limits import RateLimitMiddleware, RateLimitRules, RequestLimits
from veza.http.request_body import RequestBodyMiddleware
from veza.http.request_log import RequestLogMiddleware
from veza.http.services import ServiceRegistry
from veza.http.signed_urls import provide_signature
from veza.infra.payouts.provider import PayoutProvider
from veza.infra.processes.embedded_nginx import inner_url
from veza.infra.security.secrets import has_secrets
from veza.infra.storage.buckets import LifecycleUnreadable, find_bucket

_DESCRIPTION = """The server of a music community.

Sign in with `POST /api/v1/auth/register` or `/auth/login`, and put the `access_token` of the
response into **Authorize**. Your own programs send an API key as `X-API-Key`. Every response is
`{"success": true, "data": …}` or `{"success": false, "error": …, "code": …, "request_id": …}`; with
`Accept: application/problem+json` errors have the format of RFC 9457. Times are RFC 3339 in UTC,
ids are UUIDs that sort by time, and `cursor=next_cursor` returns the next page of a list."""

_ROUTERS = (
    sessions.router,
    accounts.router,
    keys.router,
    app_passwords.router,
    recovery.router,
    relations.router,
    tracks.router,
    lyrics.router,
    tags.router,
    discovery.router,
    statistics.router,
    releases.router,
    playlists.router,
    library.router,
    comments.router,
    conversations.router,
    messages.router,
    attachments.router,
    audio.router,
    chat.router,
    images.router,
    streams.router,
    posts.router,
    discussions.router,
    search.router,
    products.router,
    archives.router,
    sellers.router,
    reviews.router,
    gear.router,
    privacy.router,
    privacy_staff.router,
    orders.router,
    orders_staff.router,
    notifications.router,
    preferences.router,
    accounts_staff.router,
    moderation.router,
    moderation_staff.router,
    audit.router,
    ledger.router,
    refunds.router,
    refunds_staff.router,
    invoices.router,
    webhooks.router,
    webhooks_staff.router,
    sandbox.router,
    transfers.router,
    transfers_staff.router,
    audio.upload_router,
    files.router,
    uploads.router,
    shares.router,
    control.router,
    control_staff.router,
    operation.router,
    operation.status_router,
    operation_staff.router,
    validation.router,
)

_OUTSIDE_OF_API = (
    show_gpc_support,
    swagger.router,
    answer_player,
    web.router,
    web_app.router,
)

_DEPENDENCIES = PROVIDERS | {
    "radio_query": Provide(discovery.provide_radio_query, sync_to_thread=False),
    "release_query": Provide(releases.provide_release_query, sync_to_thread=False),
    "statistics_days": Provide(statistics.provide_statistics_days, sync_to_thread=False),
    "statistics_query": Provide(statistics.provide_statistics_query, sync_to_thread=False),
    "track_query": Provide(tracks.provide_track_query, sync_to_thread=False),
    "url_signature": Provide(provide_signature, sync_to_thread=False),
}

type Opener = Callable[[], AbstractAsyncContextManager[Services]]


def wrap(app: Litestar, settings: Settings) -> ASGIApp:
    """Wrap the application in the middlewares that see every request, even of unknown routes."""
    limits = RequestLimits(
        per_second=settings.rate_limit_global,
        per_address_per_second=settings.rate_limit_per_ip,
        auth_per_address_per_minute=settings.rate_limit_auth,
    )
    frames = settings.rate_limit_frames if settings.rate_limit_per_ip else 0
    sockets = ChatSockets(DisconnectMiddleware(app), app.state, f"{PREFIX}/chat/ws", frames)
    inner: Any = EtagMiddleware(CompressionMiddleware(sockets))
    inner = PublicReads(inner, app.state, PUBLIC_READS, prefix=PREFIX, trusted=settings.proxies)
    inner = PublicFiles(inner, app.state, PUBLIC_FILES, prefix=PREFIX)
    inner = RateLimitMiddleware(inner, app.state, RateLimitRules(limits, PREFIX), settings.proxies)
    inner = RequestBodyMiddleware(OptionsMiddleware(HeadMiddleware(inner)), settings.proxies)
    if settings.cors_origins:
        inner = CorsMiddleware(inner, Origins(settings.cors_origins))
    audited: Any = AuditMiddleware(inner, app.state, PREFIX)
    return RequestLogMiddleware(audited, is_production=settings.is_production)


def create_litestar(settings: Settings, opener: Opener | None = None) -> Litestar:
    """Create the application. Connections are opened when it starts."""
    open_all = opener or partial(open_services, settings, ProcessType.HTTP)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with open_all() as services:
            fill_state(app.state, services)
            yield

    api = [Router(PREFIX, route_handlers=_ROUTERS), *operation.legacy_routers(PREFIX)]
    return Litestar(
        route_handlers=[*api, *_OUTSIDE_OF_API],
        dependencies=_DEPENDENCIES,
        guards=[authorize],
        request_class=JsonRequest,
        response_class=Envelope,
        exception_handlers={
            VezaError: errors.render,
            HTTPException: web_app.render_error,
            Exception: errors.render_crash,
        },
        lifespan=[lifespan],
        request_max_body_size=settings.body_max_bytes,
        # `http.swagger` serves the document on a page of its own.
        openapi_config=OpenAPIConfig(
            title="Veza API",
            version=version("veza"),
            description=_DESCRIPTION,
            tags=list(AREAS),
            path="/_",
            render_plugins=[],
        ),
        opt={"choices": {"ReportForm": {"content_type": list(REPORTABLE)}}},
        debug=False,
        logging_config=None,
    )


def fill_state(state: State, services: Services) -> None:
    """Store the context and the services that handlers need in an application's state."""
    state.context = _create_context(services)
    state.services = _create_registry(services)


def _create_context(services: Services) -> HttpContext:
    settings, database = services.settings, services.database
    csrf = CsrfTokens(services.keys, Origins(settings.cors_origins), settings.public_url)
    return HttpContext(
        database=database,
        expensive_reads=ExpensiveReads(database, settings.searches_at_once),
        rate_limiter=services.limiter,
        hourly_limits=services.hub.hourly_limits,
        csrf=csrf,
        cookies=TokenCookies(
            csrf, settings.is_production, REFRESH_LIFETIME, session_id_of_refresh_token
        ),
        unrecorded=services.unrecorded,
        trusted_proxies=settings.proxies,
        storage=services.storage,
        file_delivery=_create_file_delivery(settings),
        public_url=settings.public_url,
        is_production=settings.is_production,
        url_signer=services.url_signer,
        sign=services.keys.sign,
        authenticate=partial(authenticate, services.session_tokens),
        authenticate_key=partial(keys_service.authenticate, database, services.key_uses),
        ensure_open=services.site_controls.ensure_open,
        answer_once=partial(idempotency.answer_once, database),
    )


def _create_file_delivery(settings: Settings) -> FileDelivery:
    """Raises CannotStart if objects can't be redirected to."""
    bucket = None
    if settings.storage_redirects:
        try:
            bucket = find_bucket(settings.storage_url or "file://")
        except LifecycleUnreadable as error:
            raise CannotStart(f"VEZA_STORAGE_REDIRECTS needs S3 with keys: {error}.") from error
    return FileDelivery(settings.proxies, settings.x_accel_location, bucket)


def _create_registry(services: Services) -> ServiceRegistry:
    """Return the services and settings that handlers request by type."""
    settings, registry = services.settings, ServiceRegistry()
    for service in (
        services.invoice_documents,
        services.audio_storage,
        services.chat_tokens,
        services.cloud_storage,
        services.cloud_storage.blobs,
        services.site_controls,
        services.report_context,
        services.session_tokens,
        services.login_context,
        CoverSizes(services.image_processing, settings.data_dir.absolute() / "covers"),
        Catalogue(),
        services.app_passwords,
        services.personal_data,
        services.hub,
        services.image_processing,
        services.counters,
        NowPlayingStore(services.valkey),
        services.account_mailer,
        services.shared_file_access,
        services.live,
        services.product_files,
        create_archive_storage(services),
        services.checkout,
        services.uploads,
        services.webhook_secrets,
        create_sandbox(services.database, services.providers, services.webhook_secrets),
        _create_hook_guard(settings),
        HealthChecks(_list_monitored_systems(services)),
        RefundSettings(settings.refund_window),
        SellerSettings(settings.app_url),
        StatisticSources(list_statistics(settings)),
        StreamAddresses(PREFIX, settings.live_rtmp_url, settings.live_rtmp_port),
    ):
        registry.add(service)
    registry.add(services.payouts, PayoutProvider)
    return registry


def _create_hook_guard(settings: Settings) -> HookGuard:
    url = partial(inner_url, settings.live_rtmp_port)
    return HookGuard(find_hook_secret(settings), settings.ingests, url)


def _list_monitored_systems(services: Services) -> MonitoredSystems:
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
