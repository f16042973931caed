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

from veza.app.admin_stats import list_figures
from veza.app.database_connections import Purpose
from veza.app.live_ingest import fill_for_live
from veza.app.openapi_tags import AREAS
from veza.app.payment_providers import make_sandbox
from veza.app.report_targets import REPORTABLE
from veza.app.services import PREFIX, Services, open_services
from veza.app.setting_types import PayoutCompany
from veza.app.settings import Settings
from veza.core.errors import VezaError
from veza.domains.auth.accounts import admin_routes as accounts_staff
from veza.domains.auth.accounts import routes as accounts
from veza.domains.auth.api_keys import routes as keys
from veza.domains.auth.api_keys import service as keys_service
from veza.domains.auth.recovery import routes as recovery
from veza.domains.auth.sessions import routes as sessions
from veza.domains.auth.sessions.rules import REFRESH_LIFETIME, session_in_refresh_token
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
from veza.domains.marketplace.invoices import routes as invoices
from veza.domains.marketplace.ledger import admin_routes as ledger
from veza.domains.marketplace.orders import admin_routes as orders_staff
from veza.domains.marketplace.orders import routes as orders
from veza.domains.marketplace.payouts import admin_routes as transfers_staff
from veza.domains.marketplace.payouts import routes as transfers
from veza.domains.marketplace.products import routes as products
from veza.domains.marketplace.refunds import admin_routes as refunds_staff
from veza.domains.marketplace.refunds import routes as refunds
from veza.domains.marketplace.reviews import routes as reviews
from veza.domains.marketplace.sandbox import admin_routes as sandbox_staff
from veza.domains.marketplace.sandbox import routes as sandbox
from veza.domains.marketplace.sellers import routes as sellers
from veza.domains.marketplace.webhooks import admin_routes as webhooks_staff
from veza.domains.marketplace.webhooks import routes as webhooks
from veza.domains.moderation import admin_routes as moderation_staff
from veza.domains.moderation import routes as moderation
from veza.domains.music.audio import routes as audio
from veza.domains.music.tags import routes as tags
from veza.domains.music.track_comments import routes as comments
from veza.domains.music.tracks import routes as tracks
from veza.domains.notifications.inbox import routes as notifications
from veza.domains.notifications.preferences import routes as inboxes
from veza.domains.platform.audit import admin_routes as audit
from veza.domains.platform.idempotency import service as idempotency
from veza.domains.platform.monitoring import admin_routes as operation_staff
from veza.domains.platform.monitoring import routes as operation
from veza.domains.platform.monitoring.service import HealthBoard, Machines
from veza.domains.platform.quotas import routes as quotas
from veza.domains.platform.site_controls import admin_routes as control_staff
from veza.domains.platform.site_controls import routes as control
from veza.domains.privacy import admin_routes as privacy_staff
from veza.domains.privacy import routes as privacy
from veza.domains.realtime import routes as chat
from veza.domains.realtime.sockets import ChatSockets
from veza.domains.relationships import routes as relations
from veza.domains.social.post_comments import routes as discussions
from veza.domains.social.posts import routes as posts
from veza.http import errors, swagger
from veza.http.audit import Audited
from veza.http.authorization import gate
from veza.http.client import find_base_url
from veza.http.compression import Compression
from veza.http.cookies import TokenCookies
from veza.http.cors import Cors, Origins
from veza.http.csrf import Csrf
from veza.http.dependencies import PROVIDERS
from veza.http.disconnects import Disconnects
from veza.http.envelope import Envelope
from veza.http.expensive import ExpensiveReads
from veza.http.gpc import show_support
from veza.http.head_requests import HeadRequests
from veza.http.json_body import JsonRequest
from veza.http.options_requests import OptionsRequests
from veza.http.rate_limits import Quotas, RateLimits, Rules
from veza.http.request_body import UnreadBody
from veza.http.request_log import RequestLog
from veza.http.signed_urls import provide_signature
from veza.infra.security.secrets import has_secrets

_DESCRIPTION = """The backend of a music community.

Sign in with `POST /api/v1/auth/register` or `/auth/login`, and put the `access_token` of the
answer into **Authorize**. A program of one's own sends an API key as `X-API-Key`. Every answer is
`{"success": true, "data": …}` or `{"success": false, "error": …, "code": …, "request_id": …}`; with
`Accept: application/problem+json` failures come as RFC 9457. Times are RFC 3339 in UTC, ids are
UUIDs that sort by time, and a list goes on with `cursor=next_cursor`."""

_ROUTERS = (
    sessions.router,
    accounts.router,
    keys.router,
    recovery.router,
    relations.router,
    tracks.router,
    tags.router,
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
    products.router,
    sellers.router,
    reviews.router,
    gear.router,
    privacy.router,
    privacy_staff.router,
    orders.router,
    orders_staff.router,
    notifications.router,
    inboxes.router,
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
    sandbox_staff.router,
    transfers.router,
    transfers_staff.router,
    audio.upload_router,
    files.router,
    quotas.router,
    shares.router,
    control.router,
    control_staff.router,
    operation.router,
    operation.status_router,
    operation_staff.router,
    validation.router,
)

_DEPENDENCIES = PROVIDERS | {
    "wish": Provide(tracks.provide_wish, sync_to_thread=False),
    "url_signature": Provide(provide_signature, sync_to_thread=False),
}

type Opener = Callable[[], AbstractAsyncContextManager[Services]]


def wrap(app: Litestar, settings: Settings) -> ASGIApp:
    """Put around the application what sees every request, unknown routes too."""
    quotas = Quotas(
        a_second=settings.rate_limit_global,
        of_an_address_a_second=settings.rate_limit_per_ip,
        of_an_address_to_auth_a_minute=settings.rate_limit_auth,
    )
    frames = settings.rate_limit_frames if settings.rate_limit_per_ip else 0
    inner: Any = Compression(ChatSockets(Disconnects(app), app.state, f"{PREFIX}/chat/ws", frames))
    inner = RateLimits(inner, app.state, Rules(quotas, PREFIX), settings.proxies)
    inner = UnreadBody(OptionsRequests(HeadRequests(inner)), settings.proxies)
    if settings.cors_origins:
        inner = Cors(inner, Origins(settings.cors_origins))
    audited: Any = Audited(inner, app.state, PREFIX)
    return RequestLog(audited, is_production=settings.is_production)


def create_litestar(settings: Settings, opener: Opener | None = None) -> Litestar:
    """Assemble routes and services. Nothing is connected before the application starts."""
    open_them = opener or partial(open_services, settings, Purpose.HTTP)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with open_them() as services:
            fill_state(app.state, services)
            yield

    api = Router(PREFIX, route_handlers=_ROUTERS)
    return Litestar(
        route_handlers=[api, *operation.legacy_routers(PREFIX), show_support, swagger.router],
        dependencies=_DEPENDENCIES,
        guards=[gate],
        request_class=JsonRequest,
        response_class=Envelope,
        exception_handlers={
            VezaError: errors.render,
            HTTPException: errors.render_framework,
            Exception: errors.render_crash,
        },
        lifespan=[lifespan],
        request_max_body_size=settings.body_max_bytes,
        # Our own page serves the completed document: see `http.swagger`.
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
    """Give the application what its handlers ask for."""
    settings = services.settings
    state.services = services
    state.door = services.door
    state.doorkeeper = services.doorkeeper
    state.desk = services.desk
    state.figures = list_figures(settings)
    state.lobby = services.lobby
    state.postroom = services.postroom
    state.url_signer = services.url_signer
    state.public_url = settings.public_url
    state.database = services.database
    state.answer_once = partial(idempotency.answer_once, services.database)
    state.control = services.control
    state.ensure_open = services.control.ensure_open
    state.authenticate = partial(authenticate, services.door)
    state.authenticate_key = partial(
        keys_service.authenticate, services.database, services.key_uses
    )
    _fill_for_limits(state, services)
    state.csrf = Csrf(services.keys, Origins(settings.cors_origins), settings.public_url)
    state.cookies = TokenCookies(
        state.csrf, settings.is_production, REFRESH_LIFETIME, session_in_refresh_token
    )
    state.unrecorded = services.unrecorded
    state.trusted_proxies = settings.proxies
    state.is_production = settings.is_production
    _fill_for_load(state, services)
    _fill_for_files(state, services)
    fill_for_live(state, services)
    _fill_for_chat(state, services)
    _fill_for_money(state, services)
    _fill_for_sellers(state, services)


def _fill_for_load(state: State, services: Services) -> None:
    settings = services.settings
    state.expensive_reads = ExpensiveReads(services.database, settings.searches_at_once)
    state.machines = Machines(
        services.database,
        services.valkey,
        services.storage,
        settings.data_dir,
        _tell_config(services),
    )
    state.health_board = HealthBoard(state.machines)


def _fill_for_limits(state: State, services: Services) -> None:
    state.limiter = services.limiter
    state.hourly_limits = services.hub.hourly_limits
    state.sign = services.keys.sign


def _fill_for_files(state: State, services: Services) -> None:
    state.studio = services.studio
    state.quotas = services.quotas
    state.darkroom = services.darkroom
    state.cabinet = services.cabinet
    state.hatch = services.hatch
    state.binder = services.binder
    state.estate = services.estate


def _fill_for_chat(state: State, services: Services) -> None:
    settings = services.settings
    state.chat_gate = services.chat_gate
    state.hub = services.hub
    state.find_base = partial(
        find_base_url, public_url=settings.public_url, trusted=settings.proxies
    )


def _fill_for_money(state: State, services: Services) -> None:
    state.checkout = services.checkout
    state.invoice_documents = services.invoice_documents
    state.refund_window = services.settings.refund_window
    state.webhook_doors = services.webhook_doors
    state.sandbox = make_sandbox(services.database, services.companies, services.webhook_doors)


def _fill_for_sellers(state: State, services: Services) -> None:
    state.stockroom = services.stockroom
    state.payouts = services.payouts
    state.front_end = services.settings.app_url


def _tell_config(services: Services) -> dict[str, Any]:
    """Summarise the settings for `/health/deep`, without secrets."""
    settings = services.settings
    return {
        "environment": settings.env,
        # Given, or drawn at the first start.
        "jwt_secret_set": settings.jwt_secret is not None or has_secrets(settings.data_dir),
        "embedded_database": settings.database_url is None,
        "embedded_cache": settings.valkey_url is None,
        "creator_signup": settings.creator_signup,
        "platform_fee_rate": float(settings.fee_rate),
        "money_mode": settings.money_mode,
        "paid_products_are_free": settings.is_free_in_production,
        "payment_provider": settings.payment_provider,
        "payout_provider": settings.payout_provider,
        "stripe_connect_enabled": settings.payout_provider is PayoutCompany.STRIPE,
        # It is what the clock is for: nothing switches it off.
        "transfer_retry_enabled": True,
        "upload_max_bytes": settings.upload_max_bytes,
    }
