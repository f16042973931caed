"""Redirects of browsers, which are not cached and do not tell where the browser comes from."""

from http import HTTPStatus
from typing import Any

from litestar import Response


def redirect(url: str) -> Response[Any]:
    """Return a redirect to a URL of ours, or one that the settings or a provider name."""
    headers = {"location": url, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(b"", status_code=HTTPStatus.FOUND, headers=headers, media_type="text/plain")
