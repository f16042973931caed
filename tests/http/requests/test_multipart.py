"""Forms with files: whatever is sent, it is read piece by piece or refused in plain words."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx
import msgspec
import pytest
from litestar import post
from msgspec import Meta, Struct

from tests.http.apps import ask, assemble, calling
from veza.app.services import Services
from veza.core.errors import Invalid
from veza.http.dependencies import AnyRequest
from veza.http.requests.multipart import UploadForm, read_parts

LIMIT = 300_000
HEADERS = {"content-type": "multipart/form-data; boundary=xyz"}


@post("/api/v1/form", credentials="ignored", request_max_body_size=None)
async def take_form(request: AnyRequest) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    async for part in read_parts(request, LIMIT):
        told: dict[str, Any] = {"name": part.name, "filename": part.filename}
        if part.filename is None:
            told["text"] = await part.text()
        else:
            told["sizes"] = [len(chunk) async for chunk in part.chunks]
        parts.append(told)
    return parts


@post("/api/v1/skip", credentials="ignored", request_max_body_size=None)
async def skip_all(request: AnyRequest) -> list[str]:
    return [part.name async for part in read_parts(request, LIMIT)]


RECEIVED: list[bytes] = []


class Named(Struct, frozen=True):
    title: Annotated[str, Meta(max_length=4)]
    tags: str = ""


@post("/api/v1/upload", credentials="ignored", request_max_body_size=None)
async def take_upload(request: AnyRequest) -> list[str | int]:
    """Return the fields, and how often they were converted."""
    RECEIVED.clear()
    conversions = 0

    def convert(fields: dict[str, str]) -> Named:
        nonlocal conversions
        conversions += 1
        return msgspec.convert(fields, Named)

    async def store(name: str, chunks: AsyncIterator[bytes]) -> str:
        RECEIVED.extend([chunk async for chunk in chunks])
        return name

    form = UploadForm(request, Named, LIMIT, Invalid, read_fields=convert)
    stored, named = await form.receive(store, optional={"cover": store})
    return [stored, named.title, named.tags, conversions]


@pytest.fixture(scope="module")
def form_app(services: Services) -> Any:
    return assemble(services, routes=[take_form, skip_all, take_upload])[1]


@pytest.fixture
async def forms(form_app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(form_app) as client:
        yield client


def field(name: str, content: bytes, extra: str = "") -> bytes:
    head = f'--xyz\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def file(name: str, filename: str, content: bytes) -> bytes:
    return field(name, content, f'; filename="{filename}"')


END = b"--xyz--\r\n"


async def _send(forms: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await forms.post("form", content=body, headers=HEADERS | headers)


async def test_parts_are_given_in_the_order_in_which_they_come(forms: httpx.AsyncClient) -> None:
    parts = [field("title", b"Song"), file("file", "a.flac", b"12345"), field("tags", b"a,b")]
    for turn in range(3):
        turned = parts[turn:] + parts[:turn]
        answer = await _send(forms, b"".join(turned) + END)

        assert answer.status_code == 201, answer.text
        names = ["title", "file", "tags"]
        assert [p["name"] for p in answer.json()["data"]] == names[turn:] + names[:turn]
        whole = {p["name"]: p for p in answer.json()["data"]}
        assert whole["title"]["text"] == "Song"
        assert sum(whole["file"]["sizes"]) == 5


async def test_what_a_handler_does_not_read_goes_by(forms: httpx.AsyncClient) -> None:
    body = file("file", "a", b"x" * 100_000) + field("title", b"t") + END
    answer = await forms.post("skip", content=body, headers=HEADERS)

    assert answer.json()["data"] == ["file", "title"]


async def test_a_part_in_many_pieces_is_one_part(forms: httpx.AsyncClient) -> None:
    body = file("file", "a", b"\r\n--xy" * 500) + field("title", "Größe ♪".encode()) + END

    async def by_bytes() -> AsyncIterator[bytes]:
        for n in range(0, len(body), 7):
            yield body[n : n + 7]
            yield b""

    answer = await forms.post("form", content=by_bytes(), headers=HEADERS)

    taken, title = answer.json()["data"]
    assert sum(taken["sizes"]) == 6 * 500
    assert title["text"] == "Größe ♪"


@pytest.mark.parametrize("place", range(4))
async def test_fields_are_converted_before_the_file_and_at_the_end(
    forms: httpx.AsyncClient, place: int
) -> None:
    parts = [field("title", b"Song"), field("tags", b"a,b"), field("other", b"x")]
    parts.insert(place, file("file", "a", b"12345"))
    answer = await forms.post("upload", content=b"".join(parts) + END, headers=HEADERS)

    assert answer.json()["data"] == ["a", "Song", "a,b", 2]


@pytest.mark.parametrize(
    "repeated", [field("tags", b"a"), file("cover", "a", b"x"), field("cover", b"")]
)
async def test_a_field_comes_once(forms: httpx.AsyncClient, repeated: bytes) -> None:
    parts = field("title", b"Song") + repeated * 2 + file("file", "a", b"12345")
    answer = await forms.post("upload", content=parts + END, headers=HEADERS)

    assert answer.status_code == 400, answer.text
    (fault,) = answer.json()["details"]
    assert fault["field"] in {"tags", "cover"}
    assert fault["message"] == "Send this field once."


async def test_a_wrong_field_is_refused_before_a_file_that_may_be_long(
    forms: httpx.AsyncClient,
) -> None:
    parts = field("title", b"Too long") + file("file", "a", b"12345")
    answer = await forms.post("upload", content=parts + END, headers=HEADERS)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == "title"
    assert RECEIVED == []


BROKEN = {
    "nothing": b"",
    "no boundary": b"no boundary in here at all",
    "another boundary": field("title", b"Song").replace(b"xyz", b"abc"),
    "no end": field("title", b"Song"),
    "breaks off in a part": file("file", "a", b"x" * 1000)[:-300],
    "breaks off in a head": field("title", b"Song")[:30],
    "breaks off in the end": field("title", b"Song") + b"--xyz-",
    "a head of another kind": b"--xyz\r\nContent-Type: text/plain\r\n\r\nSong\r\n" + END,
    "a head that never ends": b"--xyz\r\nX-Long: " + b"x" * 100_000,
    "bytes that are no head": b"--xyz\r\n\xff\xfe\x00\r\n\r\nSong\r\n" + END,
    "too many parts": field("tag", b"x") * 51 + END,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("route", ["form", "skip"])
async def test_a_broken_form_is_400(forms: httpx.AsyncClient, body: bytes, route: str) -> None:
    answer = await forms.post(route, content=body, headers=HEADERS)

    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "broken_form"


async def test_fifty_parts_are_not_too_many(forms: httpx.AsyncClient) -> None:
    answer = await _send(forms, field("tag", b"x") * 50 + END)

    assert len(answer.json()["data"]) == 50


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"x" * 32_769, "too long"), (b"\xff\xfe", "not UTF-8"), (b"\xed\xa0\x80", "not UTF-8")],
)
async def test_a_field_that_is_no_text_of_bearable_length_is_400(
    forms: httpx.AsyncClient, content: bytes, words: str
) -> None:
    answer = await _send(forms, field("title", content) + END)

    assert answer.status_code == 400
    (fault,) = answer.json()["details"]
    assert fault["field"] == "title"
    assert words in fault["message"]


async def test_a_field_may_have_32_kib(forms: httpx.AsyncClient) -> None:
    answer = await _send(forms, field("title", b"x" * 32_768) + END)

    assert answer.status_code == 201


def _of_size(size: int) -> bytes:
    frame = len(file("file", "a", b"")) + len(END)
    return file("file", "a", b"x" * (size - frame)) + END


async def test_a_form_of_the_largest_size_is_taken(forms: httpx.AsyncClient) -> None:
    assert (await _send(forms, _of_size(LIMIT))).status_code == 201


async def test_a_larger_form_is_413_before_it_is_read(form_app: Any) -> None:
    answer = await _speak(form_app, [], length=LIMIT + 1)

    assert answer[0]["status"] == 413


async def test_a_larger_form_of_unknown_size_is_413(forms: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield file("file", "a", b"")[:-2]
        for _ in range(1000):
            yield b"x" * 10_000
        pytest.fail("All of it was read.")

    answer = await forms.post("form", content=endless(), headers=HEADERS)

    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"


async def test_a_form_longer_than_it_says_is_413(form_app: Any) -> None:
    chunks = [file("file", "a", b"")[:-2], *[b"x" * 50_000] * 10]
    answer = await _speak(form_app, chunks, length=100)

    assert answer[0]["status"] == 413


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/mixed; boundary=xyz",
        'multipart/form-data; boundary=""',
        "",
    ],
)
async def test_what_is_no_form_is_415(forms: httpx.AsyncClient, kind: str) -> None:
    answer = await forms.post("form", content=b"--xyz--", headers={"content-type": kind})

    assert answer.status_code == 415, answer.text


@pytest.mark.parametrize("boundary", ["x" * 5000, "é", "\x01", "a b"])
async def test_an_odd_boundary_is_no_crash(forms: httpx.AsyncClient, boundary: str) -> None:
    kind = f'multipart/form-data; boundary="{boundary}"'.encode()
    answer = await forms.post("form", content=b"--x--", headers=[("content-type", kind)])

    assert answer.status_code in {400, 415}


async def test_a_client_that_goes_away_is_no_crash(form_app: Any, capsys) -> None:
    answer = await _speak(form_app, [file("file", "a", b"x" * 1000)[:500]], leaves=True)

    assert answer[0]["status"] == 400
    assert "crash" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd", "..\\..\\boot.ini", "a/b/c.mp3", "é♪.flac", ""]
)
async def test_a_file_name_is_only_told(forms: httpx.AsyncClient, filename: str) -> None:
    answer = await _send(forms, file("file", filename, b"x") + END)

    assert answer.status_code in {201, 400}


async def test_a_nul_in_a_file_name_is_told_or_refused(forms: httpx.AsyncClient) -> None:
    answer = await _send(forms, file("file", "a\0.mp3", b"x") + END)

    assert answer.status_code in {201, 400}


async def test_chunks_are_passed_on_as_they_come(services: Services) -> None:
    """The handler has taken each piece of a file before the next one is asked for."""
    taken = 0
    behind: list[int] = []

    @post("/api/v1/watched", credentials="ignored", request_max_body_size=None)
    async def watch(request: AnyRequest) -> None:
        nonlocal taken
        async for part in read_parts(request, 10**9):
            async for chunk in part.chunks:
                taken += len(chunk)

    def send() -> Iterator[dict[str, Any]]:
        yield {"type": "http.request", "body": file("file", "a", b"")[:-2], "more_body": True}
        for sent in range(0, 64 * 65_536, 65_536):
            behind.append(sent - taken)
            yield {"type": "http.request", "body": b"x" * 65_536, "more_body": True}
        yield {"type": "http.request", "body": b"\r\n" + END, "more_body": False}

    headers = [(b"content-type", HEADERS["content-type"].encode())]
    scope = {"method": "POST", "path": "/api/v1/watched", "headers": headers}
    start, *_ = await ask(assemble(services, routes=[watch])[1], scope, send())

    assert start["status"] == 201
    assert taken == 64 * 65_536
    # No more than what may be the beginning of a boundary is kept back.
    assert max(behind) < 100


async def _speak(
    app: Any, chunks: list[bytes], *, length: int | None = None, leaves: bool = False
) -> list[Any]:
    headers = [(b"content-type", HEADERS["content-type"].encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    scope = {"method": "POST", "path": "/api/v1/form", "headers": headers}
    messages = [
        {"type": "http.request", "body": chunk, "more_body": leaves or n < len(chunks) - 1}
        for n, chunk in enumerate(chunks)
    ]
    return await ask(app, scope, messages)
