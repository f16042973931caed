"""Rate limits of requests: for each client, and for all clients together.

Unknown routes count as well. IPv6 clients are counted by their /64, since a client has all
addresses of one.
"""

import math
from collections.abc import Awaitable, Sequence
from typing import Any

import structlog
from litestar import Request
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct
from prometheus_client import Counter

from veza.core.addresses import network_of, parse_address
from veza.core.errors import TooManyRequests
from veza.http.asgi_scope import Headers, add_headers, find_header
from veza.http.context import context_in
from veza.http.responses.errors import render
from veza.http.route_classes import RateClass, RouteClasses
from veza.http.security.client import Network, client_network
from veza.infra.valkey.rate_limiter import RateLimit, RateLimitState, RateLimitUse

log = structlog.get_logger()

VALIDATIONS_PER_MINUTE = 10

# The limit that all clients share. Requests to sign in count in it, and in a limit of their own in
# place of the client's.
_SHARED = "global"

_REFUSED = Counter("veza_rate_limited_total", "Requests refused by a limit.", ["limit"])


class RateLimited(TooManyRequests):
    """More requests than a limit allows, until `retry_after`."""

    code = "rate_limited"
    message = "Too many requests in too short a time: wait a moment."


class RequestLimits(Struct, frozen=True):
    """The configured limits; 0 is unlimited."""

    per_second: int
    per_address_per_second: int
    auth_per_address_per_minute: int


class RateLimitRule(Struct, frozen=True):
    """The limits of some paths, and the value of their `RateLimit-Policy` header."""

    limits: Sequence[RateLimit]
    policy: bytes


class RateLimitRules:
    """Finds the limits of a request by the rate class of its route."""

    def __init__(self, limits: RequestLimits, classes: RouteClasses) -> None:
        self._classes = classes
        ordinary = [
            RateLimit("address", limits.per_address_per_second, 1),
            RateLimit(_SHARED, limits.per_second, 1),
        ]
        auth = RateLimit("auth", limits.auth_per_address_per_minute, 60)
        # A limit for each client, and the shared one.
        own = [auth] if limits.per_address_per_second else []
        # Unlimited validation would let a client enumerate the names that are taken.
        validation = RateLimit("validate", VALIDATIONS_PER_MINUTE, 60)
        self._rules = {
            RateClass.ORDINARY: _make_rule(ordinary),
            RateClass.AUTH: _make_rule([*own, ordinary[1]]),
            RateClass.VALIDATION: _make_rule([validation, *ordinary]),
            RateClass.FREE: None,
        }

    def find(self, method: str, path: str) -> RateLimitRule | None:
        """Return the rule of a request; None if it has no limit."""
        return self._rules[self._classes.find(method, path).rate]


class RateLimitMiddleware:
    """Refuses requests over a limit with 429, and adds rate limit headers to all others."""

    def __init__(
        self, app: ASGIApp, state: State, rules: RateLimitRules, trusted: Sequence[Network]
    ) -> None:
        self._app = app
        self._state = state
        self._rules = rules
        self._trusted = trusted

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        is_counted = scope["type"] in {"http", "websocket"}
        method = scope.get("method", "GET")
        rule = self._rules.find(method, scope["path"]) if is_counted else None
        if rule is None:
            return self._app(scope, receive, send)
        return self._limit(rule, scope, receive, send)

    async def _limit(self, rule: RateLimitRule, scope: Scope, receive: Receive, send: Send) -> None:
        client = client_network(scope, self._trusted)
        uses = [
            RateLimitUse(limit, "" if limit.name == _SHARED else client) for limit in rule.limits
        ]
        verdict = await context_in(self._state).rate_limiter.take(uses)
        # The headers show the limit that is reached first.
        standing = min(verdict.states, key=lambda found: (found.left, -found.ends_in_s))
        seconds = max(1, math.ceil(standing.ends_in_s))
        add_headers(scope, _headers(rule, standing, seconds))
        if verdict.is_allowed:
            await self._app(scope, receive, send)
        else:
            _REFUSED.labels(standing.limit.name).inc()
            if _is_untrusted_proxy(scope, client):
                log.warning("proxy_not_trusted", proxy=_peer_of(scope))
            await _refuse(scope, receive, send, seconds)


def _make_rule(limits: Sequence[RateLimit]) -> RateLimitRule | None:
    in_force = [limit for limit in limits if limit.most]
    policy = ", ".join(f'"{limit.name}";q={limit.most};w={limit.window_s}' for limit in in_force)
    return RateLimitRule(in_force, policy.encode()) if in_force else None


def _is_untrusted_proxy(scope: Any, client: str) -> bool:
    """Return whether a private address sends `X-Forwarded-For` without being trusted."""
    peer = _peer_of(scope)
    address = parse_address(peer) if client == network_of(peer) else None
    is_near = address is not None and address.is_private
    return is_near and find_header(scope, b"x-forwarded-for") is not None


def _peer_of(scope: Any) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _headers(rule: RateLimitRule, standing: RateLimitState, seconds: int) -> Headers:
    """Return `X-RateLimit-*`, and the headers of draft-ietf-httpapi-ratelimit-headers-11."""
    limit = standing.limit
    left = standing.left
    return [
        (b"x-ratelimit-limit", b"%d" % limit.most),
        (b"x-ratelimit-remaining", b"%d" % left),
        (b"ratelimit-policy", rule.policy),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (limit.name.encode(), left, seconds)),
    ]


async def _refuse(scope: Scope, receive: Receive, send: Send, seconds: int) -> None:
    if scope["type"] == "websocket":
        # The reason is not sent before the socket is open: the server answers 403.
        await send({"type": "websocket.close", "code": 1013, "reason": RateLimited.message})
        return
    request: Request[Any, Any, Any] = Request(scope, receive, send)
    response = render(request, RateLimited(retry_after=seconds))
    await response.to_asgi_response(None, request)(scope, receive, send)
