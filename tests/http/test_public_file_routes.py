"""Which routes may declare `public_files=`."""

from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar, Response, Router, get, route
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.step_up import StepUp
from veza.http.expensive import SEARCH
from veza.http.fast.public_files import find_public_routes
from veza.http.fast.shared_routes import CannotBeShared


async def _find(*_: Any) -> dict[UUID, Any]:
    return {}


async def _show(file_id: FromPath[UUID]) -> Response[bytes]: ...
async def _show_number(file_id: FromPath[int]) -> Response[bytes]: ...
async def _show_two(other_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response[bytes]: ...


_PATH = "/files/{file_id:uuid}/sound"


def test_a_route_keeps_its_path_and_its_function() -> None:
    options = {"access": Access.OPTIONAL, "scope": Scope.READ, "produces": "a/b", "partial": True}
    shown = get(_PATH, public_files=_find, **options)(_show)
    other = get("/files/{file_id:uuid}/other")(_show)

    [found] = find_public_routes(Litestar([Router("/api", route_handlers=[shown, other])]))

    assert found.template == "/api/files/{file_id}/sound"
    assert (found.start, found.parameter, found.end) == ("/api/files", "file_id", "sound")
    assert found.find is _find


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (get(_PATH, public_files=_find, access=Access.USER)(_show), "not for everybody"),
        (get(_PATH, public_files=_find, step_up=StepUp.EVERYBODY)(_show), "`step_up`"),
        (get(_PATH, public_files=_find, activity=Activity.POST)(_show), "`activity`"),
        (get(_PATH, public_files=_find, expensive=SEARCH.only_with("q"))(_show), "`expensive`"),
        (get(_PATH, public_files=_find, named_tomorrow=1)(_show), "`named_tomorrow`"),
        (get("/files/{file_id:uuid}", public_files=_find)(_show), "no id before its last part"),
        (get("/files/{file_id:int}/sound", public_files=_find)(_show_number), "no id before"),
        (get("/{other_id:uuid}/{file_id:uuid}/sound", public_files=_find)(_show_two), "another"),
        (route(_PATH, http_method=["GET", "POST"], public_files=_find)(_show), "than GET"),
    ],
    ids=str,
)
def test_a_route_that_needs_more_is_refused(handler: Any, fault: str) -> None:
    with pytest.raises(CannotBeShared, match=f"can't declare `public_files=`: .*{fault}"):
        find_public_routes(Litestar([handler]))
