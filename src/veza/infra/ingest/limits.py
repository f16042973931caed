"""Limits of encoders before and after they are admitted: the same for all protocols."""

import time
from collections import OrderedDict, deque
from collections.abc import Generator
from contextlib import contextmanager

from msgspec import Struct

from veza.core.addresses import network_of

# Connections at once: those that are not admitted yet, and streams.
MAX_CONNECTIONS = 200
# Those of them that are not admitted yet: strangers leave the others to streams.
MAX_WAITING = 40
MAX_PER_NETWORK = 20
# A connection that has not sent a key until then is closed.
AUTHENTICATE_WITHIN_S = 5.0
# Faults of a network in a minute; further connections are refused unread. A fault is a wrong key,
# a request that is malformed or not complete in time, or a stream that is malformed, or that ends
# as soon as it began, because what is sent can't be decoded.
MAX_FAULTS = 10
_FAULTS_FOR_S = 60.0
_SOON_S = 1.0
_MAX_NETWORKS = 10_000

# An encoder that sends less than this in that time is idle.
IDLE_AFTER_S = 10.0
IDLE_BYTES = 1024
# What is above: sound in any quality, and pictures of 20 Mbit/s.
MAX_AUDIO_BYTES_PER_S = 512 * 1024
MAX_VIDEO_BYTES_PER_S = 2_500_000
# An encoder is disconnected then; it may connect again, and continues its stream.
MAX_DURATION_S = 24 * 3600


class TooManyConnections(Exception):
    """This network, or all of them, have enough connections, or caused enough faults."""


class _Network(Struct):
    """The connections of a network, and when it caused faults."""

    connections: int
    faults: deque[float]


class Admissions:
    """Counts connections and faults by network."""

    def __init__(self) -> None:
        self._total = 0
        self._waiting = 0
        self._networks: OrderedDict[str, _Network] = OrderedDict()

    @contextmanager
    def connected(self, address: str) -> Generator[None]:
        """Count a connection as long as it exists. Raises TooManyConnections.

        It waits until it is `lasting`.
        """
        network = self._network_of(address)
        if (
            self._total >= MAX_CONNECTIONS
            or self._waiting >= MAX_WAITING
            or network.connections >= MAX_PER_NETWORK
            or _count_recent(network) >= MAX_FAULTS
        ):
            raise TooManyConnections
        network.connections += 1
        self._total += 1
        self._waiting += 1
        try:
            yield
        finally:
            network.connections -= 1
            self._total -= 1
            self._waiting -= 1

    @contextmanager
    def lasting(self, address: str) -> Generator[None]:
        """Count a connection as admitted, and a fault if its stream ends within a second."""
        begun = time.monotonic()
        self._waiting -= 1
        try:
            yield
        finally:
            self._waiting += 1
            if time.monotonic() - begun < _SOON_S:
                self.count_fault(address)

    def count_fault(self, address: str) -> None:
        """Count a fault of a network."""
        self._network_of(address).faults.append(time.monotonic())

    def _network_of(self, address: str) -> _Network:
        name = network_of(address)
        found = self._networks.get(name)
        if found is None:
            found = self._networks[name] = _Network(0, deque(maxlen=MAX_FAULTS))
            self._forget_oldest()
        self._networks.move_to_end(name)
        return found

    def _forget_oldest(self) -> None:
        """Forget the network that was heard of least recently, unless it is connected."""
        if len(self._networks) <= _MAX_NETWORKS:
            return
        for name, network in self._networks.items():
            if network.connections == 0:
                del self._networks[name]
                return


class Flow:
    """Counts what an encoder sends: too little within some seconds, or too much."""

    def __init__(self, max_bytes_per_s: int) -> None:
        self._most = max_bytes_per_s
        self._since = time.monotonic()
        self._bytes = 0

    @property
    def is_idle(self) -> bool:
        """Return whether too little arrived in the interval that is over; else begin a new one."""
        if time.monotonic() - self._since < IDLE_AFTER_S:
            return False
        is_idle = self._bytes < IDLE_BYTES
        self._since, self._bytes = time.monotonic(), 0
        return is_idle

    @property
    def is_too_fast(self) -> bool:
        """Return whether more arrived in this interval than may in all of it."""
        return self._bytes > self._most * IDLE_AFTER_S

    def add(self, count: int) -> None:
        """Count bytes that arrived."""
        self._bytes += count

    def pause_s(self) -> float:
        """Return how long not to read, so that no more arrives in a second than may."""
        return max(0.0, self._bytes / self._most - (time.monotonic() - self._since) - 1.0)


def _count_recent(network: _Network) -> int:
    since = time.monotonic() - _FAULTS_FOR_S
    return sum(moment > since for moment in network.faults)
