"""Files over HTTP: ranges and conditions."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from litestar import Response, get
from litestar.params import FromPath

from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.http.dependencies import AnyRequest
from veza.http.responses.ranges import ByteRange, FileMetadata, parse_range, serve_file

CONTENT = bytes(n % 251 for n in range(10_000))
MODIFIED = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
ETAG = '"5d41402a"'
UNSATISFIABLE = "unsatisfiable"


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        ("bytes=0-0", 10, ByteRange(0, 0)),
        ("bytes=0-9", 10, ByteRange(0, 9)),
        ("bytes=2-5", 10, ByteRange(2, 5)),
        ("bytes=9-9", 10, ByteRange(9, 9)),
        ("bytes=5-", 10, ByteRange(5, 9)),
        ("bytes=0-", 10, ByteRange(0, 9)),
        ("bytes=5-99", 10, ByteRange(5, 9)),
        ("bytes=5-" + "9" * 60, 10, ByteRange(5, 9)),
        ("bytes=-1", 10, ByteRange(9, 9)),
        ("bytes=-10", 10, ByteRange(0, 9)),
        ("bytes=-99", 10, ByteRange(0, 9)),
        ("BYTES=1-2", 10, ByteRange(1, 2)),
        ("bytes= 1-2 ", 10, ByteRange(1, 2)),
        ("bytes=10-", 10, UNSATISFIABLE),
        ("bytes=10-20", 10, UNSATISFIABLE),
        ("bytes=" + "9" * 60 + "-", 10, UNSATISFIABLE),
        ("bytes=-0", 10, UNSATISFIABLE),
        ("bytes=0-", 0, UNSATISFIABLE),
        # What can't be parsed is ignored.
        (None, 10, None),
        ("", 10, None),
        ("bytes", 10, None),
        ("bytes=", 10, None),
        ("bytes=-", 10, None),
        ("bytes=5-2", 10, None),
        ("bytes=a-b", 10, None),
        ("bytes=1.5-2", 10, None),
        ("bytes=+1-2", 10, None),
        ("bytes=0x1-2", 10, None),
        ("bytes=1-2-3", 10, None),
        ("bytes=--5", 10, None),
        ("bytes=0-1,3-4", 10, None),
        ("seconds=0-1", 10, None),
        ("items=0-1", 10, None),
        ("bytes=0-" + "9" * 5000, 10, None),
        ("bytes=" + "9" * 5000 + "-", 10, None),
        ("bytes=-" + "9" * 5000, 10, None),
        ("bytes=\u0661-\u0662", 10, None),
        ("bytes=0-1\n", 10, ByteRange(0, 1)),
    ],
)
def test_a_range_is_read_as_the_rfc_has_it(
    header: str | None, size: int, expected: ByteRange | str | None
) -> None:
    assert parse_range(header, size) == expected


@settings(max_examples=100, deadline=None)
@given(
    some.none() | some.integers(0, 40),
    some.none() | some.integers(0, 40),
    some.integers(0, 30),
)
@example(None, 0, 5)
@example(5, 4, 5)
def test_a_range_selects_what_slicing_selects(
    first: int | None, last: int | None, size: int
) -> None:
    text = "".join(["bytes=", "" if first is None else str(first), "-"])
    text += "" if last is None else str(last)
    found = parse_range(text, size)

    content = bytes(range(size))
    if first is None:
        wanted = None if last is None else content[max(0, size - last) :]
    elif last is not None and last < first:
        wanted = None
    else:
        wanted = content[first : None if last is None else last + 1]
    if wanted is None:
        assert found is None
    elif wanted == b"":
        assert found == UNSATISFIABLE
    else:
        assert isinstance(found, ByteRange)
        assert content[found.first : found.last + 1] == wanted


@settings(max_examples=100, deadline=None)
@given(some.text(max_size=40) | some.from_regex(r"bytes=[-0-9, ]*"), some.integers(0, 10**12))
def test_whatever_a_range_says_the_span_lies_in_the_file(text: str, size: int) -> None:
    found = parse_range(text, size)

    if isinstance(found, ByteRange):
        assert 0 <= found.first <= found.last < size
    else:
        assert found in {None, UNSATISFIABLE}


@get("/api/v1/file/{size:int}", credentials="ignored")
async def give_file(request: AnyRequest, size: FromPath[int]) -> Response[Any]:
    async def read(first: int, last: int) -> AsyncIterator[bytes]:
        request.app.state.reads += 1
        for start in range(first, last + 1, 1000):
            yield CONTENT[start : min(start + 1000, last + 1)]

    facts = FileMetadata(
        size=size,
        content_type="audio/flac",
        etag=ETAG.strip('"'),
        modified=MODIFIED,
        cache_control="private, max-age=60",
        disposition='attachment; filename="a.flac"',
    )
    return await serve_file(request, facts, read)


@pytest.fixture(scope="module")
def file_app(services: Services) -> Any:
    app, wrapped = assemble(services, routes=[give_file])
    app.state.reads = 0
    return app, wrapped


@pytest.fixture
async def files(file_app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(file_app[1]) as client:
        yield client


URL = f"file/{len(CONTENT)}"


def _at(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


async def test_the_whole_file_comes_with_what_is_known_of_it(files: httpx.AsyncClient) -> None:
    answer = await files.get(URL)

    assert answer.status_code == 200
    assert answer.content == CONTENT
    wanted = {
        "accept-ranges": "bytes",
        "etag": ETAG,
        "last-modified": "Tue, 03 Feb 2026 04:05:06 GMT",
        "cache-control": "private, max-age=60",
        "content-type": "audio/flac",
        "content-length": "10000",
        "content-disposition": 'attachment; filename="a.flac"',
        "content-security-policy": "sandbox; default-src 'none'; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    }
    assert {name: answer.headers[name] for name in wanted} == wanted
    assert "content-range" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=100-4999", 100, 4999), ("bytes=-7", 9993, 9999)],
)
async def test_a_part_is_206_with_its_place(
    files: httpx.AsyncClient, wanted: str, first: int, last: int
) -> None:
    answer = await files.get(URL, headers={"range": wanted})

    assert answer.status_code == 206
    assert answer.content == CONTENT[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/10000"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.headers["etag"] == ETAG


async def test_no_such_part_is_416_with_the_size(files: httpx.AsyncClient) -> None:
    answer = await files.get(URL, headers={"range": "bytes=10000-"})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10000"
    assert answer.json()["code"] == "range_not_satisfiable"


@pytest.mark.parametrize("wanted", ["bytes=5-2", "bytes=x", "seconds=1-2", "bytes=0-" + "9" * 5000])
async def test_an_unreadable_range_is_ignored(files: httpx.AsyncClient, wanted: str) -> None:
    answer = await files.get(URL, headers={"range": wanted})

    assert answer.status_code == 200
    assert answer.content == CONTENT


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 206),
        (_at(MODIFIED), 206),
        ('"another"', 200),
        (f"W/{ETAG}", 200),
        (_at(MODIFIED - timedelta(seconds=1)), 200),
        (_at(MODIFIED + timedelta(seconds=1)), 200),
        ("nonsense", 200),
    ],
)
async def test_a_part_of_another_file_is_never_given(
    files: httpx.AsyncClient, condition: str, status: int
) -> None:
    headers = {"range": "bytes=0-9", "if-range": condition}
    answer = await files.get(URL, headers=headers)

    assert answer.status_code == status
    assert answer.content == (CONTENT[:10] if status == 206 else CONTENT)


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"if-none-match": ETAG}, 304),
        ({"if-none-match": f"W/{ETAG}"}, 304),
        ({"if-none-match": f'"x", {ETAG}'}, 304),
        ({"if-none-match": f'W/"x",W/{ETAG}'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"x",' * 300 + ETAG}, 200),
        ({"if-none-match": '"x"'}, 200),
        ({"if-none-match": ""}, 200),
        ({"if-none-match": ETAG.strip('"')}, 200),
        ({"if-modified-since": _at(MODIFIED)}, 304),
        ({"if-modified-since": _at(MODIFIED + timedelta(days=1))}, 304),
        ({"if-modified-since": _at(MODIFIED - timedelta(seconds=1))}, 200),
        ({"if-modified-since": "nonsense"}, 200),
        ({"if-modified-since": "Tue, 99 Feb 2026 04:05:06 GMT"}, 200),
        ({"if-modified-since": "Tue, 03 Feb 99999 04:05:06 GMT"}, 200),
        # The tag is the better witness, so the time isn't asked.
        ({"if-none-match": '"x"', "if-modified-since": _at(MODIFIED)}, 200),
        ({"if-none-match": ETAG, "if-modified-since": _at(MODIFIED - timedelta(days=1))}, 304),
        ({"if-none-match": ETAG, "range": "bytes=0-9"}, 304),
    ],
)
async def test_what_the_client_has_is_not_sent_again(
    files: httpx.AsyncClient, conditions: dict[str, str], status: int
) -> None:
    answer = await files.get(URL, headers=conditions)

    assert answer.status_code == status
    assert answer.headers["etag"] == ETAG
    assert answer.headers["cache-control"] == "private, max-age=60"
    if status == 304:
        assert answer.content == b""
        assert "last-modified" in answer.headers
        assert answer.headers.get("content-length") in {None, "10000"}, "0 would be a lie"


@pytest.mark.parametrize(
    "headers",
    [{}, {"range": "bytes=5-9"}, {"range": "bytes=10000-"}, {"if-none-match": ETAG}],
    ids=str,
)
async def test_head_tells_the_same_and_reads_nothing(
    files: httpx.AsyncClient, file_app: Any, headers: dict[str, str]
) -> None:
    wanted = await files.get(URL, headers=headers)
    reads = file_app[0].state.reads
    answer = await files.head(URL, headers=headers)

    assert answer.status_code == wanted.status_code
    assert answer.content == b""
    ignored = {"x-request-id"}
    assert {k: v for k, v in answer.headers.items() if k not in ignored} == {
        k: v for k, v in wanted.headers.items() if k not in ignored
    }
    assert file_app[0].state.reads == reads


async def test_an_empty_file_is_given_whole_and_has_no_parts(files: httpx.AsyncClient) -> None:
    whole = await files.get("file/0")
    part = await files.get("file/0", headers={"range": "bytes=0-"})

    assert (whole.status_code, whole.content) == (200, b"")
    assert whole.headers["content-length"] == "0"
    assert part.status_code == 416
    assert part.headers["content-range"] == "bytes */0"


async def test_a_tag_is_quoted(files: httpx.AsyncClient) -> None:
    assert re.fullmatch(r'"[^"]+"', (await files.get(URL)).headers["etag"])
