"""Metrics of the calls to payment and payout providers."""

from prometheus_client import Counter, Histogram

from veza.core.errors import Unavailable
from veza.infra.metrics.calls import CallMetrics
from veza.infra.payments.errors import ProviderRefused

# `refused` is an answer, `unavailable` is none.
PROVIDER_CALLS = CallMetrics(
    Counter(
        "veza_provider_calls_total",
        "Calls to a payment or payout provider.",
        ["provider", "result"],
    ),
    Histogram(
        "veza_provider_seconds",
        "Duration of a call to a payment or payout provider.",
        ["provider"],
        buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    ),
    {ProviderRefused: "refused", Unavailable: "unavailable"},
    otherwise="error",
)
