"""The web application's page and files: compressed, kept by browsers, under a strict policy."""

import gzip
import re
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
import zstandard
from litestar import Litestar

from tests.http.apps import assemble, calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.setting_types import PaymentProviderName
from veza.app.settings.settings import Settings

ROOT = "http://veza.test"
BROWSER = {"sec-fetch-mode": "navigate", "accept": "text/html"}


@pytest.fixture
async def browser(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def _named(browser: httpx.AsyncClient) -> list[str]:
    # The first page has links besides: `test_first_page.py`.
    page = (await browser.get("/library")).text
    names = re.findall(r'(?:src|href)="([^"]+)"', page)
    # Those that have no hash in their names are tested beside the manifest.
    return [name for name in names if not name.startswith(("/icons/", "/manifest"))]


async def test_the_page_names_files_of_our_own_that_exist(browser: httpx.AsyncClient) -> None:
    names = await _named(browser)

    assert len(names) >= 3
    for name in names:
        assert name.startswith("/assets/"), name
        assert (await browser.get(name)).status_code == 200


async def test_the_policy_allows_no_script_and_no_style_in_the_page(
    browser: httpx.AsyncClient,
) -> None:
    # The first page has a style and a script of its own: `test_first_page.py`.
    page = await browser.get("/library")
    policy = page.headers["content-security-policy"]

    assert "unsafe" not in policy
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(
        policy.split("; ")
    )
    assert "://" not in policy
    assert "<script>" not in page.text
    assert "style=" not in page.text


async def test_the_policy_allows_media_of_the_configured_address(services: Services) -> None:
    settings = msgspec.structs.replace(services.settings, public_url="https://music.test")
    async with calling(assemble(services, settings)[1], path="/") as browser:
        policy = (await browser.get("/library")).headers["content-security-policy"]

    assert "media-src 'self' blob: https://music.test;" in policy
    assert "script-src 'self';" in policy


async def test_the_policy_allows_live_streams_of_the_configured_cdn(services: Services) -> None:
    settings = msgspec.structs.replace(services.settings, live_playback_url="https://cdn.test/live")
    async with calling(assemble(services, settings)[1], path="/") as browser:
        policy = (await browser.get("/library")).headers["content-security-policy"]

    assert "connect-src 'self' https://cdn.test;" in policy
    assert "media-src 'self' blob: https://cdn.test;" in policy
    assert "script-src 'self';" in policy


async def test_browsers_ask_for_the_page_each_time_and_keep_files(
    browser: httpx.AsyncClient,
) -> None:
    page = await browser.get("/")
    again = await browser.get("/", headers={"if-none-match": page.headers["etag"]})

    assert page.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == page.headers["content-security-policy"]
    for name in await _named(browser):
        asset = await browser.get(name)
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("coding", "unpack"),
    [("gzip", gzip.decompress), ("zstd", zstandard.ZstdDecompressor().decompress)],
)
async def test_files_are_compressed_as_the_browser_accepts(
    browser: httpx.AsyncClient, coding: str, unpack: object
) -> None:
    assert callable(unpack)
    name = next(name for name in await _named(browser) if name.endswith(".js"))
    plain = (await browser.get(name, headers={"accept-encoding": "identity"})).content

    async with browser.stream("GET", name, headers={"accept-encoding": coding}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers["content-encoding"] == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-length"] == str(len(packed))
    assert len(packed) < len(plain) / 2
    assert unpack(packed) == plain


@pytest.mark.parametrize("name", ["nothing.js", "..%2findex.html", "%2e%2e", "index.html"])
async def test_no_other_file_is_given(browser: httpx.AsyncClient, name: str) -> None:
    answer = await browser.get(f"/assets/{name}")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_an_unknown_address_is_a_page_for_browsers_and_json_for_programs(
    browser: httpx.AsyncClient,
) -> None:
    for_browser = await browser.get("/nothing/here", headers=BROWSER)
    for_reader = await browser.get("/nothing/here", headers={"accept": "text/html"})
    for_program = await browser.get("/nothing/here", headers={"accept": "application/json"})

    assert for_browser.status_code == for_reader.status_code == for_program.status_code == 404
    assert '<div id="app">' in for_browser.text
    assert for_reader.text == for_browser.text
    assert for_program.json()["code"] == "not_found"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/assets/nothing.js", "/swagger/nothing.js"])
async def test_addresses_of_programs_answer_json_to_browsers_too(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path, headers=BROWSER)

    assert answer.status_code == 404
    assert answer.json()["success"] is False


async def test_only_reading_gets_the_page(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/nothing/here", headers=BROWSER)

    assert answer.status_code == 404
    assert answer.json()["success"] is False
    assert (await browser.head("/")).status_code == 200


async def test_the_checkout_page_alone_admits_the_configured_payment_form(
    services: Services,
) -> None:
    given = {
        "payment_provider": PaymentProviderName.HYPERSWITCH,
        "hyperswitch_url": "https://api.pay.test/v1",
        "hyperswitch_publishable_key": 'pk_"<1>',
        "hyperswitch_script_url": "https://js.pay.test/v1/Loader.js",
    }
    settings = msgspec.structs.replace(services.settings, **given)
    async with calling(assemble(services, settings)[1], path="/") as browser:
        other, page = await browser.get("/cart"), await browser.get("/checkout/some-order")

    assert "pay.test" not in other.text + str(other.headers)
    assert "payment=()" in other.headers["permissions-policy"]
    policy = page.headers["content-security-policy"].split("; ")
    assert "script-src 'self' https://js.pay.test" in policy
    assert "connect-src 'self' https://api.pay.test https://js.pay.test" in policy
    assert "frame-src https://js.pay.test" in policy
    assert 'payment=(self "https://js.pay.test")' in page.headers["permissions-policy"]
    assert '<meta name="veza-payment-form"' in page.text
    assert "pk_\\&quot;&lt;1&gt;" in page.text


@pytest.mark.parametrize(("port", "microphone"), [(None, "()"), (8189, "(self)")])
async def test_pages_may_use_the_microphone_where_whip_is_on(
    services: Services, port: int | None, microphone: str
) -> None:
    settings = msgspec.structs.replace(services.settings, live_whip_port=port)
    async with calling(assemble(services, settings)[1], path="/") as browser:
        page = await browser.get("/studio/live")

    assert f"microphone={microphone}," in page.headers["permissions-policy"]


async def test_without_a_payment_form_the_checkout_page_admits_nothing_more(
    services: Services,
) -> None:
    async with calling(assemble(services, services.settings)[1], path="/") as browser:
        other, page = await browser.get("/cart"), await browser.get("/checkout/some-order")

    assert page.text == other.text
    for name in ("content-security-policy", "permissions-policy", "cross-origin-opener-policy"):
        assert page.headers[name] == other.headers[name]
