"""Traces of this process, where the variables of OpenTelemetry name an endpoint."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.metadata import version

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_traced() -> bool:
    """Return whether an endpoint is configured, and the SDK not disabled."""
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not is_disabled and any(os.environ.get(name) for name in _ENDPOINTS)


@asynccontextmanager
async def tracing(process: str) -> AsyncGenerator[None]:
    """Send the spans of this process while inside, and those that wait at the end."""
    if not is_traced():
        yield
        return
    # Imported after the fork, and only here: it starts a thread, and takes 5 MB.
    exporter = import_module("veza.infra.tracing.exporter")
    stop = exporter.start_exporter(process, version("veza"))
    try:
        yield
    finally:
        await asyncio.to_thread(stop)
