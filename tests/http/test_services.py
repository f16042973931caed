"""Services of an application: found by their type."""

import pytest

from veza.http.services import ServiceRegistry


class Greeter:
    """A service of this test."""


class LoudGreeter(Greeter):
    """Another implementation of it."""


def test_a_service_is_found_by_its_class() -> None:
    registry, greeter = ServiceRegistry(), Greeter()
    registry.add(greeter)

    assert registry.get(Greeter) is greeter


def test_a_service_may_be_registered_under_what_it_implements() -> None:
    registry, greeter = ServiceRegistry(), LoudGreeter()
    registry.add(greeter, Greeter)

    assert registry.get(Greeter) is greeter
    with pytest.raises(LookupError):
        registry.get(LoudGreeter)


def test_a_missing_service_is_named() -> None:
    with pytest.raises(LookupError, match="adds no Greeter"):
        ServiceRegistry().get(Greeter)


def test_two_services_of_one_type_are_refused() -> None:
    registry = ServiceRegistry()
    registry.add(Greeter())

    with pytest.raises(AssertionError, match="Greeter"):
        registry.add(Greeter())


def test_a_service_can_be_replaced() -> None:
    registry, first, second = ServiceRegistry(), Greeter(), Greeter()
    registry.add(first)

    assert registry.replace(Greeter, second) is first
    assert registry.get(Greeter) is second
