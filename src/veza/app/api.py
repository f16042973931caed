"""The HTTP application, assembled."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from veza.app.api_description import describe_api
from veza.app.database_connections import ProcessType
from veza.app.domains import DOMAINS, merge
from veza.app.file_storage import create_file_delivery, create_transcoder
from veza.app.live import create_hook_guard, create_stream_addresses, create_whip_gate
from veza.app.monitoring import create_monitoring
from veza.app.openid import create_identity_providers
from veza.app.paths import PREFIX
from veza.app.payment_providers import find_payment_form
from veza.app.report_targets import REPORTABLE, TAKEDOWNS
from veza.app.service_registry import create_registry
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.errors import VezaError
from veza.core.text_mining import MiningPolicy
from veza.domains.auth.api_keys import service as keys_service
from veza.domains.auth.factors.service.step_ups import is_step_up_due
from veza.domains.auth.sessions.rules import REFRESH_LIFETIME, session_id_of_refresh_token
from veza.domains.auth.sessions.service import authenticate
from veza.domains.platform.monitoring import routes as operation
from veza.domains.platform.uploads.rules import CHUNK_BYTES
from veza.domains.profiles.service.members import find_role
from veza.domains.public_pages.sitemaps.service import find_reserved
from veza.domains.realtime.sockets import ChatSockets
from veza.http.api_docs import swagger
from veza.http.context import HttpContext, context_in
from veza.http.dependencies import PROVIDERS
from veza.http.expensive import ExpensiveReads
from veza.http.fast.public_files import PublicFiles, find_public_routes, remember_files
from veza.http.fast.shared_reads import SharedReads
from veza.http.fast.shared_routes import find_shared_routes, provide_reader
from veza.http.layers.audit import AuditMiddleware
from veza.http.layers.compression import CompressionMiddleware
from veza.http.layers.cors import CorsMiddleware
from veza.http.layers.disconnects import DisconnectMiddleware
from veza.http.layers.etags import EtagMiddleware
from veza.http.layers.head_requests import HeadMiddleware
from veza.http.layers.mining import MiningMiddleware
from veza.http.layers.options_requests import OptionsMiddleware
from veza.http.layers.overload import OverloadMiddleware
from veza.http.layers.rate_limits import RateLimitMiddleware, RateLimitRules, RequestLimits
from veza.http.layers.request_body import RequestBodyMiddleware
from veza.http.layers.request_log import RequestLogMiddleware
from veza.http.layers.tus import TusMiddleware
from veza.http.requests.json_body import JsonRequest
from veza.http.responses import errors
from veza.http.responses.envelope import Envelope
from veza.http.retried_transactions import RetriedTransactions
from veza.http.route_classes import RouteClasses
from veza.http.routers import ApiRouter, QuickLitestar
from veza.http.security.authorization import authorize
from veza.http.security.cookies import TokenCookies
from veza.http.security.csrf import CsrfTokens
from veza.http.security.gpc import show_gpc_support
from veza.http.security.origins import Origins
from veza.http.security.signed_urls import provide_signature
from veza.http.services import ServiceRegistry
from veza.http.web_app import pages as web_app
from veza.infra.concurrency.overload import OverloadGauge
from veza.infra.postgres.replica import ReplicaReads
from veza.infra.processes.tasks import running
from veza.infra.valkey.rate_limiter import RateLimiter

_EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    VezaError: errors.render,
    HTTPException: web_app.render_error,
    Exception: errors.render_crash,
}


type Opener = Callable[[], AbstractAsyncContextManager[Services]]


def wrap(app: Litestar, settings: Settings) -> ASGIApp:
    """Wrap the application in the layers that see every request: the order is in `http.layers`."""
    limits = RequestLimits(
        per_second=settings.rate_limit_global,
        per_address_per_second=settings.rate_limit_per_ip,
        auth_per_address_per_minute=settings.rate_limit_auth,
    )
    classes = RouteClasses(app.routes)
    frames = settings.rate_limit_frames if settings.rate_limit_per_ip else 0
    sockets = ChatSockets(DisconnectMiddleware(app), app.state, f"{PREFIX}/chat/ws", frames)
    inner: Any = EtagMiddleware(CompressionMiddleware(sockets))
    inner = SharedReads(inner, app.state, find_shared_routes(app), settings.proxies)
    mining = MiningPolicy(settings.tdm_reserved, settings.tdm_policy_url)
    inner = MiningMiddleware(inner, app.state, mining)
    known_files = remember_files()
    inner = PublicFiles(inner, app.state, find_public_routes(app), known_files)
    inner = RateLimitMiddleware(inner, app.state, RateLimitRules(limits, classes), settings.proxies)
    inner = RequestBodyMiddleware(OptionsMiddleware(HeadMiddleware(inner)), settings.proxies)
    inner = TusMiddleware(
        inner, f"{PREFIX}/uploads", max_bytes=settings.upload_max_bytes, chunk_bytes=CHUNK_BYTES
    )
    inner = OverloadMiddleware(inner, app.state, classes)
    inner = CorsMiddleware(inner, Origins(settings.cors_origins), classes)
    audited: Any = AuditMiddleware(inner, app.state, PREFIX, known_files.forget)
    return RequestLogMiddleware(
        audited,
        is_production=settings.is_production,
        trusted=settings.proxies,
        more_headers=mining.headers(),
    )


def create_litestar(settings: Settings, opener: Opener | None = None) -> Litestar:
    """Create the application. The services are opened when it starts."""
    open_all = opener or partial(open_services, settings, ProcessType.HTTP)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with open_all() as services:
            fill_state(app.state, services)
            context = context_in(app.state)
            watching = context.overload.watch(context.database.pool.list_waits)
            async with context.replica_reads.watching(), running(watching):
                yield

    return QuickLitestar(
        route_handlers=_list_routers(),
        dependencies=_list_dependencies(),
        plugins=[RetriedTransactions()],
        before_request=authorize,
        request_class=JsonRequest,
        response_class=Envelope,
        exception_handlers=_EXCEPTION_HANDLERS,
        lifespan=[lifespan],
        request_max_body_size=settings.body_max_bytes,
        openapi_config=describe_api(),
        opt=_list_options(settings),
        debug=False,
        logging_config=None,
    )


def _list_routers() -> list[Any]:
    routers = [router for wiring in DOMAINS.values() for router in wiring.routers]
    pages = [page for wiring in DOMAINS.values() for page in wiring.pages]
    return [
        ApiRouter(PREFIX, route_handlers=routers),
        *operation.legacy_routers(PREFIX),
        show_gpc_support,
        swagger.router,
        *pages,
        web_app.router,
    ]


def _list_dependencies() -> dict[str, Provide]:
    """Return what handlers may ask for by the name of a parameter."""
    shared = PROVIDERS | {
        "reader": Provide(provide_reader),
        "url_signature": Provide(provide_signature, sync_to_thread=False),
    }
    return merge([shared, *(wiring.dependencies for wiring in DOMAINS.values())])


def _list_options(settings: Settings) -> dict[str, Any]:
    """Return what `http.api_docs.openapi` has to know of this server."""
    choices = {
        "ReportForm": {"content_type": list(REPORTABLE)},
        "TakedownForm": {"content_type": list(TAKEDOWNS)},
    }
    return {"choices": choices, "is_production": settings.is_production}


def fill_state(state: State, services: Services) -> None:
    """Store the context and the services that handlers need in an application's state."""
    state.context = _create_context(services)
    state.services = create_registry(services)
    _add_http_services(state.services, services)


def _create_context(services: Services) -> HttpContext:
    settings = services.settings
    database = services.database
    replica_reads = ReplicaReads(database, services.replica)
    csrf = CsrfTokens(services.keys, Origins(settings.cors_origins), settings.public_url)
    factors = services.login_context.factors
    return HttpContext(
        database=database,
        replica_reads=replica_reads,
        expensive_reads=ExpensiveReads(database, replica_reads, settings.searches_at_once),
        overload=OverloadGauge(settings.overload_delay_ms / 1000),
        rate_limiter=RateLimiter(services.valkey),
        hourly_limits=services.hub.hourly_limits,
        csrf=csrf,
        cookies=TokenCookies(
            csrf, settings.is_production, REFRESH_LIFETIME, session_id_of_refresh_token
        ),
        unrecorded=services.unrecorded,
        trusted_proxies=settings.proxies,
        country_header=settings.country_header,
        storage=services.storage,
        file_delivery=create_file_delivery(settings),
        public_url=settings.public_url,
        playback_url=settings.live_playback_url,
        payment_form=find_payment_form(settings),
        is_production=settings.is_production,
        url_signer=services.url_signer,
        sign=services.keys.sign,
        authenticate=partial(authenticate, services.session_tokens),
        authenticate_key=partial(
            keys_service.authenticate, database, services.key_uses, factors=factors
        ),
        is_step_up_due=partial(is_step_up_due, database),
        find_profile_role=partial(find_role, database),
        find_reserved=partial(find_reserved, database),
        ensure_open=services.site_controls.ensure_open,
        ensure_room=services.disk.ensure_room,
        identify_site=services.site_profile.identify,
    )


def _add_http_services(registry: ServiceRegistry, services: Services) -> None:
    """Register the services and settings that only handlers request."""
    settings = services.settings
    for service in (
        create_transcoder(settings, services.audio_storage),
        create_hook_guard(settings),
        *create_monitoring(services),
        create_stream_addresses(settings),
        create_whip_gate(settings),
        create_identity_providers(services),
    ):
        registry.add(service)
