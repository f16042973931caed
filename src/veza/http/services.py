"""The services of the domains, found by their type: `app.state.services`."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import State


class ServiceRegistry:
    """Holds one instance of each type of service."""

    def __init__(self) -> None:
        self._services: dict[type[Any], Any] = {}

    def add[T](self, instance: T, kind: type[T] | None = None) -> None:
        """Register an instance under its class, or under the protocol that it implements."""
        kind = kind or type(instance)
        assert kind not in self._services, f"A {kind.__name__} is registered already."
        self._services[kind] = instance

    def get[T](self, kind: type[T]) -> T:
        """Return the instance of a type. Raises LookupError."""
        try:
            return self._services[kind]
        except KeyError:
            raise LookupError(f"app/service_registry.py adds no {kind.__name__}.") from None

    def replace[T](self, kind: type[T], instance: T) -> T:
        """Replace the instance of a type, for tests; return the one before."""
        before = self.get(kind)
        self._services[kind] = instance
        return before


def service_of[T](connection: ASGIConnection[Any, Any, Any, Any], kind: type[T]) -> T:
    """Return the service of a type, for the handler of a request."""
    return service_in(connection.app.state, kind)


def service_in[T](state: State, kind: type[T]) -> T:
    """Return the service of a type, for layers outside of the framework."""
    registry: ServiceRegistry = state.services
    return registry.get(kind)
