"""The OpenAPI document: made in a child before a server serves, and the same that is printed."""

import gzip
import subprocess
import sys

import httpx
import pytest
import zstandard

from tests.application import openapi_document, packed_document
from tests.architecture.source import ROOT
from tests.http.apps import assemble, calling
from tests.loop_turns import counted_turns
from veza.app.api import create_litestar
from veza.app.services import Services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.http.api_docs import openapi
from veza.http.api_docs.api_document import document_of, keep_document

PATH = "/swagger/openapi.json"
_DECODERS = {"zstd": zstandard.decompress, "gzip": gzip.decompress, "identity": bytes}

# What a server does before it serves; the framework keeps what it has made of a document.
_SERVE = """
import gzip, sys
from litestar._openapi.plugin import OpenAPIPlugin
from veza.launcher.http_server import assemble
from veza.app.settings.settings import Settings
from veza.http.api_docs.api_document import has_document
from veza.infra.processes.forked_bytes import make_in_child
app = assemble(Settings())
assert not has_document(app.litestar)
app.keep_document(make_in_child(app.pack_document))
assert has_document(app.litestar)
assert app.litestar.plugins.get(OpenAPIPlugin)._openapi is None
sys.stdout.buffer.write(gzip.decompress(app.litestar.state["api_document"].gzip))
"""
_FAIL = """
from veza.infra.processes.forked_bytes import make_in_child
try:
    make_in_child(lambda: 1 / 0)
except ChildProcessError as error:
    print(error)
"""


def _run(*arguments: str) -> bytes:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=True)
    return done.stdout


@pytest.mark.long
def test_a_child_makes_what_is_printed_and_its_parent_does_not() -> None:
    assert _run("-c", _SERVE) + b"\n" == _run("-m", "veza", "openapi")


def test_a_child_that_fails_gives_nothing() -> None:
    assert _run("-c", _FAIL) == b"A child ended with status 256.\n"


async def _ask(services: Services, coding: str, **headers: str) -> httpx.Response:
    litestar, app = assemble(services)
    keep_document(litestar, packed_document())
    async with calling(app, path="/") as client:
        with counted_turns(openapi.build_document) as turns:
            async with client.stream(
                "GET", PATH, headers={"accept-encoding": coding} | headers
            ) as answer:
                content = b"".join([part async for part in answer.aiter_raw()])
    assert not turns.calls, "It was made before."
    answer.extensions["raw"] = content
    return answer


@pytest.mark.parametrize("coding", ["zstd", "gzip", "identity"])
async def test_it_is_sent_as_it_was_packed_with_a_strong_tag(
    services: Services, coding: str
) -> None:
    answer = await _ask(services, coding)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers.get("content-encoding", "identity") == coding
    assert answer.headers.get_list("vary") == ["Accept-Encoding"]
    assert _DECODERS[coding](answer.extensions["raw"]) == openapi_document()
    tag = answer.headers["etag"]
    assert tag.startswith('"')

    again = await _ask(services, coding, **{"if-none-match": f'"a", W/{tag}'})
    assert (again.status_code, again.extensions["raw"]) == (304, b"")
    assert again.headers["etag"] == tag
    assert again.headers.get_list("vary") == ["Accept-Encoding"]
    other = await _ask(services, coding, **{"if-none-match": '"another"'})
    assert other.status_code == 200


async def test_each_coding_has_a_tag_of_its_own(services: Services) -> None:
    tags = {(await _ask(services, coding)).headers["etag"] for coding in _DECODERS}
    assert len(tags) == len(_DECODERS)


@pytest.mark.long
def test_in_production_it_names_the_cookie_of_production() -> None:
    document = document_of(create_litestar(Settings(env=Environment.PRODUCTION)))
    assert b'"__Host-' in document
    assert b'"__Host-' not in openapi_document()
