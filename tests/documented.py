"""Holds every answer of the API in tests against what the OpenAPI document promises."""

import functools
import re
from http import HTTPStatus

import httpx

from tests.support.references import read_document

type Operations = list[tuple[re.Pattern[str], frozenset[str]]]

# Answers that any address may give, so that no operation lists them.
_ANYWHERE = {404, 405}
_TO_OPTIONS = {204, 404}


async def ensure_documented(answer: httpx.Response) -> None:
    """Fail where an operation answers a status that its documentation doesn't know.

    Fails too where what the decoder says about a type reaches people.
    """
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        await answer.aread()
        assert b'"message":"Expected `' not in answer.content, answer.text
    known = _find_statuses(answer.request.method, answer.request.url.path)
    if known is None:
        anywhere = _TO_OPTIONS if answer.request.method == "OPTIONS" else _ANYWHERE
        assert answer.status_code in anywhere, f"{answer.request.url}: {answer.status_code}"
        return
    assert str(answer.status_code) in known, (
        f"{answer.request.method} {answer.request.url.path} answers {answer.status_code}, "
        f"which the OpenAPI document doesn't know: {sorted(known)}"
    )


def _find_statuses(method: str, path: str) -> frozenset[str] | None:
    method = "get" if method == "HEAD" else method.lower()
    operations = _read_operations().get(method, [])
    return next((known for pattern, known in operations if pattern.fullmatch(path)), None)


@functools.cache
def _read_operations() -> dict[str, Operations]:
    """List each method's operations, once: every answer of every test asks."""
    operations: dict[str, Operations] = {}
    paths = read_document()["paths"]
    # `/tracks/search` before `/tracks/{track_id}`, as the router has it.
    for template in sorted(paths, key=lambda path: path.count("{")):
        pattern = re.compile(_pattern(template))
        for method, operation in paths[template].items():
            known = frozenset(operation["responses"])
            operations.setdefault(method, []).append((pattern, known))
    return operations


def _pattern(template: str) -> str:
    parts = re.split(r"(\{[^}]+\})", template)
    return "".join(
        ".+" if part == "{path}" else "[^/]+" if part.startswith("{") else re.escape(part)
        for part in parts
    )
