"""`docs/security.md` names only tests that exist, and each requirement of the standard once."""

import ast
import re
from functools import cache

from tests.architecture.source import ROOT, ensure_none
from tests.support.references import read_document

_PAGE = (ROOT / "docs" / "security.md").read_text()
_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)


def test_every_test_that_is_named_exists():
    found = _TEST.findall(_PAGE)
    assert len(found) > 100
    ensure_none(f"{path}::{name}" for path, name in found if name not in _tests_of(path))


def test_no_requirement_is_told_twice_or_out_of_order():
    numbers = [tuple(map(int, number.split("."))) for number, *_ in _ROW.findall(_PAGE)]
    assert numbers == sorted(set(numbers))


def test_what_is_met_is_shown_and_what_is_not_says_why():
    ensure_none(
        number
        for number, _, how, shown in _ROW.findall(_PAGE)
        if not _TEST.search(shown) and not how.startswith(("Deviation", "By design", "Operator"))
    )


# The ingest is told where to pass on what comes in. Browsers are sent to identity providers of the
# settings, and come back to pages of ours. The former name of a member leads to the same path with
# the present one.
_REDIRECTS = {
    "/api/v1/profiles/by-handle/{handle}",
    *(
        f"/api/v1/users/{{username}}{rest}"
        for rest in ("", "/followers", "/following", "/playlists", "/posts", "/releases", "/shows")
    ),
    *("/api/v1/users/{username}/similar", "/api/v1/users/{username}/tracks"),
    "/api/v1/live/hooks/publish",
    "/api/v1/auth/openid/{provider}",
    "/api/v1/auth/openid/{provider}/callback",
    "/api/v1/auth/openid/{provider}/logout",
}


def test_no_other_operation_redirects():
    ensure_none(
        f"{method} {path} {status}"
        for path, methods in read_document()["paths"].items()
        if path not in _REDIRECTS
        for method, operation in methods.items()
        for status in operation["responses"]
        if status.startswith("3") and status != "304"
    )


@cache
def _tests_of(path: str) -> frozenset[str]:
    file = ROOT / path
    if not file.exists():
        return frozenset()
    tree = ast.parse(file.read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))
