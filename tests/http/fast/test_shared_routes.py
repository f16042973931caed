"""Which routes may declare `shared=`, and which parameters the shared answers have."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar, Response, Router, get, post, route
from litestar.datastructures import CacheControlHeader, ETag
from litestar.di import NamedDependency, Provide
from litestar.params import FromHeader, FromPath, FromQuery, QueryParameter
from msgspec import Struct

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.step_up import StepUp
from veza.http.dependencies import AnyRequest
from veza.http.expensive import REPORT, SEARCH
from veza.http.fast.shared_routes import (
    CannotBeShared,
    Reader,
    SharedRoute,
    find_shared_routes,
    provide_reader,
)
from veza.http.requests.query_parameters import PageLimit, Since
from veza.http.responses.envelope import BareEnvelope
from veza.http.route_classes import RateClass
from veza.infra.concurrency.overload import Importance

_ID = "0190d3f0-0000-7000-8000-000000000001"


class _Answer(Struct):
    value: int


async def _show(reader: Reader) -> _Answer:
    return _Answer(1)


def _find(*handlers: Any, **options: Any) -> list[SharedRoute]:
    """Find the shared routes of an application with these handlers on a router with options."""

    async def provide() -> int:
        return 1

    dependencies = {"reader": Provide(provide_reader), "other": Provide(provide)}
    router = Router("/api", route_handlers=handlers, **options)
    app = Litestar([router], dependencies=dependencies, opt={"is_production": False})
    return find_shared_routes(app)


def test_only_routes_that_declare_it_are_shared() -> None:
    @get("/one", shared=True)
    async def one(reader: Reader) -> _Answer: ...

    @get("/two", shared=False)
    async def two(reader: Reader) -> _Answer: ...

    @get("/three")
    async def three(request: AnyRequest) -> _Answer: ...

    assert [found.template for found in _find(one, two, three)] == ["/api/one"]


def test_a_shared_route_keeps_what_it_declares() -> None:
    @get(
        "/things/{thing_id:uuid}",
        shared=True,
        access=Access.OPTIONAL,
        scope=Scope.READ,
        importance=Importance.EXPLORATION,
        rate_class=RateClass.FREE,
        goes_on=True,
        expensive=SEARCH.only_with("q"),
        errors=[],
    )
    async def show(
        reader: Reader, thing_id: FromPath[UUID], limit: PageLimit = 20, q: FromQuery[str] = ""
    ) -> _Answer: ...

    [found] = _find(show)

    assert (found.template, found.start) == ("/api/things/{thing_id}", "/api/things/")
    assert (found.facts.access, found.facts.scope) == (Access.OPTIONAL, Scope.READ)
    assert found.facts.goes_on
    assert found.keys.__struct_fields__ == ("thing_id", "limit")


def test_keys_are_the_parameters_as_the_framework_reads_them() -> None:
    @get("/things/{thing_id:uuid}", shared=True, expensive=SEARCH.only_with("q"))
    async def show(
        reader: Reader,
        thing_id: FromPath[UUID],
        *,
        limit: PageLimit = 20,
        size: FromQuery[float | None] = None,
        is_new: FromQuery[bool] = False,
        q: FromQuery[str] = "",
    ) -> _Answer: ...

    [found] = _find(show)
    key = found.find_key(b"limit=7&is_new=true", _ID)

    assert msgspec.structs.astuple(key) == (UUID(_ID), 7, None, True)
    assert key == found.find_key(b"is_new=1&limit=7", _ID)
    assert hash(key) == hash(found.find_key(b"is_new=1&limit=7", _ID))
    assert key != found.find_key(b"", _ID)
    for query in (
        *(b"limit=0", b"limit=x", b"limit=", b"limit=1&limit=2", b"limit=%31", b"limit=1&"),
        *(b"q=", b"unknown=1", b"reader=1", b"size=" + b"1" * 1000),
    ):
        assert found.find_key(query, _ID) is None, query


def _ignore(*_: Any) -> Any: ...


_OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"step_up": StepUp.EVERYBODY}, "`step_up` is not honoured"),
    ({"activity": Activity.POST}, "`activity` is not honoured"),
    ({"audited": False}, "`audited` is not honoured"),
    ({"credentials": "ignored"}, "`credentials` is not honoured"),
    ({"changes_nothing": True}, "`changes_nothing` is not honoured"),
    ({"enrols": True}, "`enrols` is not honoured"),
    ({"needs_space": True}, "`needs_space` is not honoured"),
    ({"publishes": False}, "`publishes` is not honoured"),
    ({"named_tomorrow": 1}, "`named_tomorrow` is not honoured"),
    ({"access": "everybody"}, "access is unknown"),
    ({"expensive": SEARCH}, "all of its requests are expensive"),
    ({"expensive": REPORT}, "all of its requests are expensive"),
    ({"status_code": 201}, "with status 200"),
    ({"media_type": "text/html"}, "as JSON"),
    ({"response_class": BareEnvelope}, "`response_class`"),
    ({"response_headers": {"x-name": "value"}}, "`response_headers`"),
    ({"cache": True}, "`cache`"),
    ({"cache_control": CacheControlHeader(no_cache=True)}, "`cache_control`"),
    ({"etag": ETag(value="a")}, "`etag`"),
    ({"guards": [_ignore]}, "`guards`"),
    ({"before_request": _ignore}, "`before_request`"),
    ({"after_request": _ignore}, "`after_request`"),
    ({"after_response": _ignore}, "`after_response`"),
    ({"exception_handlers": {404: _ignore}}, "`exception_handlers`"),
]


@pytest.mark.parametrize(
    ("options", "fault"), _OPTIONS, ids=[next(iter(each[0])) for each in _OPTIONS]
)
def test_a_route_that_declares_more_is_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(CannotBeShared, match=rf"/api/x can't declare `shared=`: .*{fault}"):
        _find(get("/x", shared=True, **options)(_show))


def test_what_a_router_declares_is_refused_too() -> None:
    shown = get("/x", shared=True)(_show)

    for options in ({"opt": {"activity": Activity.POST}}, {"response_class": BareEnvelope}):
        with pytest.raises(CannotBeShared):
            _find(shown, **options)


async def _with_request(reader: Reader, request: AnyRequest) -> _Answer: ...
async def _with_header(reader: Reader, accept: FromHeader[str]) -> _Answer: ...
async def _with_another(reader: Reader, other: NamedDependency[int]) -> _Answer: ...
async def _renamed(reader: Reader, since: Since = None) -> _Answer: ...
async def _without_reader(number: Annotated[int, QueryParameter()] = 1) -> _Answer: ...
async def _plain_text(reader: Reader) -> str: ...
async def _response(reader: Reader) -> Response[_Answer]: ...
async def _any_word(reader: Reader, word: FromPath[str]) -> _Answer: ...
async def _number(reader: Reader, number: FromPath[int]) -> _Answer: ...
async def _two(reader: Reader, a: FromPath[UUID], b: FromPath[UUID]) -> _Answer: ...
async def _inside(reader: Reader, a: FromPath[UUID]) -> _Answer: ...


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (post("/x", status_code=200, shared=True)(_show), "other requests than GET"),
        (route("/x", http_method=["GET", "POST"], shared=True)(_show), "other requests than GET"),
        (route("/x", http_method=["GET", "HEAD"], shared=True)(_show), "other requests than GET"),
        (get("/x", shared=True)(_plain_text), "other than with a Struct"),
        (get("/x", shared=True)(_response), "other than with a Struct"),
        (get("/x", shared=True)(_without_reader), "no `reader: Reader`"),
        (get("/x", shared=True)(_with_request), "`request` is of neither"),
        (get("/x", shared=True)(_with_header), "`accept` is of neither"),
        (get("/x", shared=True)(_with_another), "`other` is of neither"),
        (get("/x", shared=True)(_renamed), "`since` has another name"),
        (get("/x/{word:str}", shared=True)(_any_word), "another parameter than one id"),
        (get("/x/{number:int}", shared=True)(_number), "another parameter than one id"),
        (get("/x/{a:uuid}/{b:uuid}", shared=True)(_two), "another parameter than one id"),
        (get("/x/{a:uuid}/y", shared=True)(_inside), "another parameter than one id"),
    ],
    ids=str,
)
def test_a_handler_that_needs_more_is_refused(handler: Any, fault: str) -> None:
    with pytest.raises(CannotBeShared, match=f"can't declare `shared=`: .*{fault}"):
        _find(handler)
