"""Counts of requests, to be shown over time."""

from msgspec import Struct


class TrafficCounts(Struct):
    """Requests: how many, how many failed or were refused, and the time until answers began."""

    requests: int = 0
    failed: int = 0
    refused: int = 0
    total_ms: float = 0.0

    def count(self, status: int, seconds: float) -> None:
        """Count a request; its status is 0 if its client left before the answer."""
        self.requests += 1
        self.total_ms += seconds * 1000
        if status in {429, 503}:
            self.refused += 1
        elif status >= 500:
            self.failed += 1

    def add(self, other: "TrafficCounts") -> None:
        """Add the counts of others."""
        self.requests += other.requests
        self.failed += other.failed
        self.refused += other.refused
        self.total_ms += other.total_ms

    def take(self) -> "TrafficCounts":
        """Return what was counted, and begin anew."""
        taken = TrafficCounts(self.requests, self.failed, self.refused, self.total_ms)
        self.requests, self.failed, self.refused, self.total_ms = 0, 0, 0, 0.0
        return taken
