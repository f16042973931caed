"""Holds every answer of the API in tests against what the OpenAPI document promises."""

import re

import httpx
import msgspec
from litestar import Litestar

from veza.http.swagger import document_of

# Answers that any address may give, so that no operation lists them.
_ANYWHERE = {404, 405}
_TO_OPTIONS = {204, 404}


async def ensure_documented(app: Litestar, answer: httpx.Response) -> None:
    """Fail where an operation answers a status that its documentation doesn't know."""
    operation = _find_operation(app, answer.request.method, answer.request.url.path)
    if operation is None:
        anywhere = _TO_OPTIONS if answer.request.method == "OPTIONS" else _ANYWHERE
        assert answer.status_code in anywhere, f"{answer.request.url}: {answer.status_code}"
        return
    known = set(operation["responses"])
    assert str(answer.status_code) in known, (
        f"{answer.request.method} {answer.request.url.path} answers {answer.status_code}, "
        f"which the OpenAPI document doesn't know: {sorted(known)}"
    )


def _find_operation(app: Litestar, method: str, path: str) -> dict | None:
    document = msgspec.json.decode(document_of(app))
    method = "get" if method == "HEAD" else method.lower()
    matching = [
        (template, operations[method])
        for template, operations in document["paths"].items()
        if method in operations and re.fullmatch(_pattern(template), path)
    ]
    # `/tracks/search` before `/tracks/{track_id}`, as the router has it.
    return min(matching, key=lambda found: found[0].count("{"))[1] if matching else None


def _pattern(template: str) -> str:
    parts = re.split(r"(\{[^}]+\})", template)
    return "".join(
        ".+" if part == "{path}" else "[^/]+" if part.startswith("{") else re.escape(part)
        for part in parts
    )
