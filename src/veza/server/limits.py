"""Limits on the connections of a process, in total and per address."""

from collections import Counter
from collections.abc import Sequence
from enum import Enum
from ipaddress import IPv4Network, IPv6Network

from msgspec import Struct

from veza.core.addresses import network_of, parse_address

# Files of a process for uploads, database connections and child processes.
_RESERVED_FILES = 512
# A connection that receives a file needs its socket, a duplicate of it, and the file.
_FILES_EACH = 3


def count_connections(files: int) -> int:
    """Return how many connections a process can hold that may open so many files."""
    return max(1, (files - _RESERVED_FILES) // _FILES_EACH)


def count_files(connections: int) -> int:
    """Return how many files a process has to be able to open for so many connections."""
    return connections * _FILES_EACH + _RESERVED_FILES


class ConnectionDecision(Enum):
    """The decision about a new connection."""

    ADMITTED = "admitted"
    TOO_MANY_OF_ADDRESS = "too_many_of_address"
    TOO_MANY = "too_many"


class ConnectionLimits(Struct, frozen=True):
    """The maximum of connections in total and per address; 0 sets no limit.

    IPv6 addresses count by their /64. Addresses in `exempt` (trusted proxies) count only in total.
    """

    total: int
    per_address: int
    exempt: Sequence[IPv4Network | IPv6Network] = ()


class ConnectionTable:
    """Counts the open connections of one process by address."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._total = 0
        self._per_address: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """The number of open connections."""
        return self._total

    def admit(self, address: str) -> ConnectionDecision:
        """Count a new connection, unless a limit is reached."""
        limits = self._limits
        network = network_of(address)
        if limits.total and self._total >= limits.total:
            return ConnectionDecision.TOO_MANY
        is_full = limits.per_address and self._per_address[network] >= limits.per_address
        if is_full and not self.is_exempt(address):
            return ConnectionDecision.TOO_MANY_OF_ADDRESS
        self._total += 1
        self._per_address[network] += 1
        return ConnectionDecision.ADMITTED

    def release(self, address: str) -> None:
        """Remove an admitted connection from the count."""
        network = network_of(address)
        self._total -= 1
        self._per_address[network] -= 1
        if not self._per_address[network]:
            del self._per_address[network]

    def is_exempt(self, address: str) -> bool:
        """Return whether an address is that of a trusted proxy."""
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._limits.exempt)
