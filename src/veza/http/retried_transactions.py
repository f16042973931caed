"""Handlers with a transaction, run again if PostgreSQL ends it because of a concurrent one.

Such a handler does nothing outside of its transaction, and what it was called with is read already.
"""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any

from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute

from veza.infra.postgres.database import Tx


class RetriedTransactions(ReceiveRoutePlugin):
    """Runs handlers with a `tx` again after a conflict; they are wrapped when they are registered.

    A dependency can't do that: it only provides the transaction.
    """

    def receive_route(self, route: BaseRoute) -> None:
        """Wrap the handlers of a route that take a transaction."""
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if "tx" in handler.parsed_fn_signature.parameters:
                    handler(_retrying(handler.fn))


def _retrying[T](handle: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    @wraps(handle)
    async def run(*, tx: Tx, **values: Any) -> T:
        return await tx.retrying(partial(handle, tx=tx, **values))

    return run
