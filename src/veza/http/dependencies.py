"""What a handler may ask for. The parameter's name chooses the provider, its type documents it."""

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide

from veza.core.access import Member
from veza.http import client, security
from veza.infra import db

Tx = NamedDependency[db.Tx]
Conn = NamedDependency[db.Conn]
Database = NamedDependency[db.Database]
Client = NamedDependency[client.Client]
Viewer = NamedDependency[Member]
Visitor = NamedDependency[Member | None]

AnyRequest = Request[Any, Any, State]


async def provide_tx(state: State) -> AsyncGenerator[db.Tx]:
    """One request, one transaction: committed if the handler returns, else rolled back."""
    async with state.database.transaction() as tx:
        yield tx


async def provide_conn(state: State) -> AsyncGenerator[db.Conn]:
    """Lend a connection for reading."""
    async with state.database.read() as conn:
        yield conn


def provide_database(state: State) -> db.Database:
    """Give the pool, to handlers that must not hold a connection all the while."""
    return state.database


def provide_client(request: AnyRequest, state: State) -> client.Client:
    """Tell who is at the other end."""
    return client.find_client(request, state.trusted_proxies)


def _provide_member() -> Provide:
    # One function for each name: the framework takes the same provider under two for a mistake.
    def provide_member(request: AnyRequest) -> Member:
        """Give the member who asks; the gate made sure that there is one, and of which role."""
        member = security.member_of(request)
        assert member is not None
        return member

    return Provide(provide_member, sync_to_thread=False)


def provide_visitor(request: AnyRequest) -> Member | None:
    """Give the member who is asking, if anybody is signed in."""
    return security.member_of(request)


PROVIDERS = {
    "tx": Provide(provide_tx),
    "conn": Provide(provide_conn),
    "database": Provide(provide_database, sync_to_thread=False),
    "client": Provide(provide_client, sync_to_thread=False),
    "viewer": _provide_member(),
    "creator": _provide_member(),
    "moderator": _provide_member(),
    "admin": _provide_member(),
    "visitor": Provide(provide_visitor, sync_to_thread=False),
}
