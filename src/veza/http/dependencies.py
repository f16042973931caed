"""What a handler may ask for: a transaction or a connection; the rest it finds in its request.

At most one dependency a handler: the framework resolves several at once, in a group of tasks that
costs more than what they do.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide

from veza.core.access import Member
from veza.core.clock import now
from veza.core.listener_identity import ListenerIdentity, identify_listener
from veza.http.client import ClientInfo
from veza.http.context import context_of
from veza.http.disconnects import cancelled_on_disconnect
from veza.http.expensive import Expensive
from veza.infra.postgres import database as db

Tx = NamedDependency[db.Tx]
Conn = NamedDependency[db.Conn]

AnyRequest = Request[Any, Any, State]


async def provide_tx(request: AnyRequest) -> AsyncGenerator[db.Tx]:
    """One request, one transaction: committed if the handler returns, else rolled back."""
    async with context_of(request).database.transaction() as tx:
        yield tx


async def provide_conn(request: AnyRequest) -> AsyncGenerator[db.Conn]:
    """Lend a connection for reading, as `reading` does."""
    async with reading(request) as conn:
        yield conn


@asynccontextmanager
async def reading(request: AnyRequest) -> AsyncGenerator[db.Conn]:
    """Lend a connection for reading, for as long as the client is there to be answered.

    Where the route is expensive, within the bounds of what is: see `http.expensive`.
    """
    context = context_of(request)
    expensive: Expensive | None = request.route_handler.opt.get("expensive")
    with cancelled_on_disconnect(request.scope):
        if expensive is None or not expensive.holds_for(request.query_params):
            async with context.database.read() as conn:
                yield conn
        else:
            address = context.client_of(request).address
            async with context.expensive_reads.read(expensive.kind, address) as conn:
                yield conn


PROVIDERS = {"tx": Provide(provide_tx), "conn": Provide(provide_conn)}


def database_of(request: AnyRequest) -> db.Database:
    """Give the pool, to handlers that must not hold a connection all the while."""
    return context_of(request).database


def client_of(request: AnyRequest) -> ClientInfo:
    """Tell who is at the other end."""
    return context_of(request).client_of(request)


def listener_of(request: AnyRequest) -> ListenerIdentity:
    """Return who listens or watches, by the rule of `core.listener_identity`."""
    member = visitor_of(request)
    address = client_of(request).address
    sign = context_of(request).sign
    return identify_listener(member and member.id, address, sign=sign, at=now())


def viewer_of(request: AnyRequest) -> Member:
    """Tell which member asks; the gate made sure that there is one, where the route wants one."""
    member = visitor_of(request)
    assert member is not None
    return member


def visitor_of(request: AnyRequest) -> Member | None:
    """Tell which member asks, if anybody is signed in."""
    return request.scope.get("user")
