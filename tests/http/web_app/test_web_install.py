"""The manifest and the service worker: valid, never stale, and for the shell only."""

import re
import struct
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.settings.settings import Settings
from veza.http.web_app.install import write_worker


@pytest.fixture
async def browser(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def test_the_manifest_is_linked_and_its_icons_have_the_sizes_that_it_says(
    browser: httpx.AsyncClient,
) -> None:
    assert '<link rel="manifest" href="/manifest.webmanifest">' in (await browser.get("/")).text
    answer = await browser.get("/manifest.webmanifest")
    manifest = msgspec.json.decode(answer.content)

    assert answer.headers["content-type"] == "application/manifest+json"
    assert (manifest["display"], manifest["start_url"], manifest["scope"]) == (
        "standalone",
        "/",
        "/",
    )
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        image = (await browser.get(icon["src"])).content
        assert image.startswith(b"\x89PNG")
        width, height = struct.unpack("!II", image[16:24])
        assert f"{width}x{height}" == icon["sizes"]
    assert (await browser.get("/icons/other.png")).status_code == 404


async def test_the_worker_is_checked_at_each_visit_and_names_files_that_exist(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get("/sw.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["service-worker-allowed"] == "/"
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    again = await browser.get("/sw.js", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    [found] = re.findall(r"const FILES = (\[.*\]);", answer.text)
    files = msgspec.json.decode(found, type=list[str])
    page = (await browser.get("/")).text
    scripts = [name for name in re.findall(r'(?:src|href)="([^"]+)"', page) if "/assets/" in name]
    assert set(scripts) <= set(files)
    for name in files:
        assert name.startswith("/assets/")
        assert (await browser.get(name)).status_code == 200


def test_another_build_is_another_worker() -> None:
    first = write_worker("page", {"index-1.js": b"a", "hls.js": bytes(300_000), "cover.png": b""})
    assert first == write_worker(
        "page", {"index-1.js": b"a", "hls.js": bytes(300_000), "cover.png": b""}
    )
    assert b'["/assets/index-1.js"]' in first
    assert len({first, write_worker("page", {"index-2.js": b"a"}), write_worker("other", {})}) == 3
