"""Health and readiness probes, metrics and the status of the platform, for operators."""

from litestar import Router, get
from litestar.datastructures import ResponseHeader
from litestar.handlers import HTTPRouteHandler

from veza.core.access import Scope
from veza.domains.platform.monitoring import service
from veza.domains.platform.monitoring.models import (
    CheckStatus,
    DeepHealth,
    LivenessStatus,
    OverallHealth,
    PlatformStatus,
    Readiness,
    ReadinessStatus,
)
from veza.http.dependencies import AnyRequest
from veza.http.metrics import CONTENT_TYPE, MetricsReaders, MetricsRefused, MetricsText
from veza.http.responses.envelope import Envelope
from veza.http.route_classes import RateClass
from veza.http.services import service_of

_NO_STORE = {"cache-control": "no-store"}
# 2026-01-01, as RFC 9745 writes a date.
_DEPRECATED_SINCE = "@1767225600"


@get(
    "/health", credentials="ignored", goes_on=True, sync_to_thread=False, rate_class=RateClass.FREE
)
def show_health() -> LivenessStatus:
    """Simple health check: always OK, without asking any dependency."""
    return LivenessStatus(CheckStatus.OK)


@get(
    "/healthz", credentials="ignored", goes_on=True, sync_to_thread=False, rate_class=RateClass.FREE
)
def show_liveness() -> LivenessStatus:
    """Liveness probe, for Kubernetes."""
    return LivenessStatus(CheckStatus.OK)


@get("/readyz", credentials="ignored", goes_on=True, unfit=True, rate_class=RateClass.FREE)
async def show_readiness(request: AnyRequest) -> Envelope[ReadinessStatus]:
    """Readiness probe, for Kubernetes: `ready`, `degraded`, or with status 503 `not_ready`.

    At most a second old.
    """
    ready = await service_of(request, service.HealthChecks).readiness.get()
    status = 503 if ready.status is Readiness.NOT_READY else 200
    return Envelope(ready, status_code=status, headers=_NO_STORE)


@get("/health/deep", credentials="ignored", goes_on=True, unfit=True, rate_class=RateClass.FREE)
async def show_deep_health(request: AnyRequest) -> Envelope[DeepHealth]:
    """Deep health check: database, cache, storage, disk, backups, and a summary of the settings.

    At most a second old. `backup` is checked where backups are scheduled.
    """
    health = await service_of(request, service.HealthChecks).in_depth.get()
    status = 503 if health.status is OverallHealth.UNHEALTHY else 200
    return Envelope(health, status_code=status, headers=_NO_STORE)


@get(
    "/metrics",
    credentials="ignored",
    goes_on=True,
    produces="text/plain",
    errors=[MetricsRefused],
    rate_class=RateClass.FREE,
    # The address of the client admits it; a browser on the same machine has the same address.
    same_origin=True,
)
async def show_metrics(request: AnyRequest) -> Envelope[bytes]:
    """Metrics of all processes of this node, in the text format of Prometheus.

    At most a second old. By default only for clients on the same machine.
    """
    service_of(request, MetricsReaders).ensure_reader(request)
    text = await service_of(request, MetricsText).get()
    return Envelope(text, media_type=CONTENT_TYPE, headers=_NO_STORE)


@get("/status", scope=Scope.READ)
async def show_status(request: AnyRequest) -> Envelope[PlatformStatus]:
    """Platform status: whether database, cache, chat and stream server can be reached.

    At most a second old. A component is `not_configured` if this server does not have it.
    """
    return Envelope(await service_of(request, service.HealthChecks).status.get(), headers=_NO_STORE)


_HANDLERS = {
    "/health": show_health,
    "/health/deep": show_deep_health,
    "/healthz": show_liveness,
    "/readyz": show_readiness,
    "/metrics": show_metrics,
}

router = Router("/", route_handlers=list(_HANDLERS.values()), tags=["health"])
status_router = Router("/", route_handlers=[show_status], tags=["system"])


def legacy_routers(prefix: str) -> list[Router]:
    """Serve the same at the root, marked as deprecated in favour of `prefix` (RFC 9745, 8288)."""
    return [_legacy_router(path, handler, prefix) for path, handler in _HANDLERS.items()]


def _legacy_router(path: str, handler: HTTPRouteHandler, prefix: str) -> Router:
    headers = [
        ResponseHeader(name="deprecation", value=_DEPRECATED_SINCE),
        ResponseHeader(name="link", value=f'<{prefix}{path}>; rel="successor-version"'),
    ]
    return Router("/", route_handlers=[handler], response_headers=headers, tags=["legacy"])
