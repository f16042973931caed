"""Dependencies of handlers: a transaction or a connection; and what a request says of its caller.

A handler has at most one dependency: the framework resolves several in a task group, which costs
more than the dependencies do.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide

from veza.core.access import Member
from veza.core.clock import now
from veza.core.languages import Language, find_language
from veza.core.listener_identity import ListenerIdentity, identify_listener
from veza.http.asgi_scope import has_credentials
from veza.http.context import context_of
from veza.http.expensive import Expensive
from veza.http.layers.disconnects import cancelled_on_disconnect
from veza.http.security.client import ClientInfo
from veza.infra.postgres import database as db

Tx = NamedDependency[db.Tx]
Conn = NamedDependency[db.Conn]

AnyRequest = Request[Any, Any, State]

_SLOT = "veza_expensive_slot"


async def provide_tx(request: AnyRequest) -> AsyncGenerator[db.Tx]:
    """Provide the transaction of a request: committed if the handler returns, else rolled back."""
    async with context_of(request).database.transaction() as tx:
        yield tx


async def provide_conn(request: AnyRequest) -> AsyncGenerator[db.Conn]:
    """Provide a connection for reading, as `reading` does."""
    async with reading(request) as conn:
        yield conn


@asynccontextmanager
async def reading(
    request: AnyRequest, expensive: Expensive | None = None
) -> AsyncGenerator[db.Conn]:
    """Provide a connection for reading; cancelled if the client disconnects.

    Expensive routes get one within the limits of `http.expensive`, and so do handlers that find out
    that a request is `expensive`.
    """
    context = context_of(request)
    held = _held_slot(request)
    expensive = expensive or request.route_handler.opt.get("expensive")
    # A member may look for what they just changed.
    may_be_old = visitor_of(request) is None and not has_credentials(request.scope)
    with cancelled_on_disconnect(request.scope):
        if held is not None:
            opened = context.expensive_reads.read_admitted(held, may_be_old=may_be_old)
        elif expensive is None or not expensive.applies_to(request.query_params):
            opened = context.database.read()
        else:
            opened = context.expensive_reads.read(
                expensive, context.client_of(request).address, may_be_old=may_be_old
            )
        async with opened as conn:
            yield conn


@asynccontextmanager
async def expensive_work(request: AnyRequest, expensive: Expensive) -> AsyncGenerator[None]:
    """Hold a slot in this block, which reads with `reading` and then encodes a long answer.

    Cancelled if the client disconnects: the block must only read. Raises ServerBusy.
    """
    context = context_of(request)
    scope = cast(dict[str, Any], request.scope)
    admitted = context.expensive_reads.admitted(expensive.kind, context.client_of(request).address)
    with cancelled_on_disconnect(scope):
        async with admitted:
            scope[_SLOT] = expensive
            try:
                yield
            finally:
                del scope[_SLOT]


def _held_slot(request: AnyRequest) -> Expensive | None:
    """Return what the slot is for that the request holds, or None."""
    return cast(dict[str, Any], request.scope).get(_SLOT)


PROVIDERS = {"tx": Provide(provide_tx), "conn": Provide(provide_conn)}


def database_of(request: AnyRequest) -> db.Database:
    """Return the database, for handlers that must not hold a connection all the time."""
    return context_of(request).database


def client_of(request: AnyRequest) -> ClientInfo:
    """Return the address and the user agent of the client."""
    return context_of(request).client_of(request)


def country_of(request: AnyRequest) -> str | None:
    """Return the country of the client's network, if a trusted proxy tells it."""
    return context_of(request).country_of(request)


def language_of(request: AnyRequest) -> Language:
    """Return the language that a client asks for, of those that mails and pages have."""
    return find_language(request.headers.get("accept-language", ""))


def listener_of(request: AnyRequest) -> ListenerIdentity:
    """Return the identity of a listener or viewer, see `core.listener_identity`.

    A member who acts as a profile listens as the account, so that profiles multiply no counts.
    """
    member = visitor_of(request)
    address = client_of(request).address
    sign = context_of(request).sign
    return identify_listener(member and member.actor_id, address, sign=sign, at=now())


def viewer_of(request: AnyRequest) -> Member:
    """Return the member who is signed in, on routes that need one."""
    member = visitor_of(request)
    assert member is not None
    return member


def visitor_of(request: AnyRequest) -> Member | None:
    """Return the member who is signed in, or None."""
    return request.scope.get("user")
