"""Limits of encoders: connections and faults by network, and bytes by time."""

from contextlib import ExitStack

import pytest

from veza.infra.ingest import limits
from veza.infra.ingest.limits import Admissions, Flow, TooManyConnections


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(limits, "time", made)
    return made


def connect(admissions: Admissions, address: str) -> bool:
    try:
        with admissions.connected(address):
            return True
    except TooManyConnections:
        return False


def test_a_network_has_some_connections_and_others_theirs(clock, monkeypatch):
    monkeypatch.setattr(limits, "MAX_PER_NETWORK", 2)
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 3)
    admissions = Admissions()
    with admissions.connected("2001:db8::1"), admissions.connected("2001:db8::2"):
        assert not connect(admissions, "2001:db8::3")
        assert connect(admissions, "192.0.2.1")
        with admissions.connected("192.0.2.1"):
            assert not connect(admissions, "192.0.2.2")
    assert connect(admissions, "2001:db8::3")


def test_faults_count_for_a_minute(clock):
    admissions = Admissions()
    for _ in range(limits.MAX_FAULTS):
        assert connect(admissions, "192.0.2.1")
        admissions.count_fault("192.0.2.1")
    assert not connect(admissions, "192.0.2.1")
    # The same machine behind an IPv6 socket.
    assert not connect(admissions, "::ffff:192.0.2.1")
    assert connect(admissions, "192.0.2.2")
    clock.now += 61
    assert connect(admissions, "192.0.2.1")


def test_networks_are_forgotten_but_not_those_that_are_connected(clock, monkeypatch):
    monkeypatch.setattr(limits, "_MAX_NETWORKS", 3)
    admissions = Admissions()
    for _ in range(limits.MAX_FAULTS):
        admissions.count_fault("192.0.2.9")
    with admissions.connected("192.0.2.1"):
        for number in range(20, 40):
            admissions.count_fault(f"192.0.2.{number}")
        assert len(admissions._networks) <= 4
        assert "192.0.2.1" in admissions._networks
    assert connect(admissions, "192.0.2.9")


def test_too_little_in_ten_seconds_is_idle_and_too_much_too_fast(clock):
    flow = Flow(1000)
    assert (flow.is_idle, flow.is_too_fast, flow.pause_s()) == (False, False, 0.0)
    flow.add(limits.IDLE_BYTES)
    clock.now += 10
    assert not flow.is_idle
    flow.add(limits.IDLE_BYTES - 1)
    clock.now += 9
    assert not flow.is_idle
    clock.now += 1
    assert flow.is_idle
    flow.add(10_000)
    assert not flow.is_too_fast
    # The first second is free, so that what waited is taken.
    assert flow.pause_s() == pytest.approx(9)
    flow.add(1)
    assert flow.is_too_fast


def test_a_stream_that_ends_at_once_is_a_fault(clock):
    admissions = Admissions()
    for _ in range(limits.MAX_FAULTS):
        with admissions.lasting("192.0.2.1"):
            clock.now += 1
    assert connect(admissions, "192.0.2.1")
    for _ in range(limits.MAX_FAULTS):
        with pytest.raises(OSError, match="ended"), admissions.lasting("192.0.2.1"):
            raise OSError("ended")
    assert not connect(admissions, "192.0.2.1")


def test_strangers_leave_room_for_streams(clock, monkeypatch):
    monkeypatch.setattr(limits, "MAX_WAITING", 2)
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 4)
    admissions = Admissions()
    with ExitStack() as streams:
        for number in range(2):
            streams.enter_context(admissions.connected(f"192.0.2.{number}"))
            streams.enter_context(admissions.lasting(f"192.0.2.{number}"))
        with admissions.connected("198.51.100.1"):
            with admissions.connected("198.51.100.2"):
                assert not connect(admissions, "198.51.100.3")
            # One that is admitted leaves its place to the next stranger.
            with (
                admissions.connected("192.0.2.3"),
                admissions.lasting("192.0.2.3"),
            ):
                assert not connect(admissions, "198.51.100.3")
            with admissions.lasting("198.51.100.1"):
                assert connect(admissions, "198.51.100.3")
        clock.now += 2
    with admissions.connected("198.51.100.1"), admissions.connected("198.51.100.2"):
        assert not connect(admissions, "198.51.100.3")
    assert connect(admissions, "198.51.100.3")
