"""The first page shows its texts and its first row without the application, and to all the same."""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.errors import Unavailable
from veza.domains.public_pages.heads.service import content as service

NASTY = '</script><script>alert("1")</script> & \' <!--'
TEXTS = {
    "en": "Music, and the people who make it",
    "de": "Musik, und die Leute, die sie machen",
    "fr": "De la musique, et les gens qui la font",
    "es": "Música, y la gente que la hace",
}


@pytest.fixture
async def browser(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


def _lists_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="first-data">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


async def test_it_holds_what_the_api_shows_to_anybody(
    browser: httpx.AsyncClient, services: Services
) -> None:
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        shown = [await make.bare_track(tx, owner.member, title) for title in ("Ferry", NASTY)]
        hidden = await make.bare_track(tx, owner.member, "Mine", visibility="private")
        await make.release(tx, owner.member, "Shores", shown[0], visibility="public")
    plain = (await browser.get("/")).text

    as_member = await browser.get("/", headers=owner.headers)

    # Shared caches may keep it.
    assert as_member.text == plain
    assert str(hidden) not in plain
    lists = _lists_of(plain)
    tracks = (await browser.get("/api/v1/tracks?limit=24")).json()["data"]["tracks"]
    assert lists["tracks"] == tracks
    assert {str(each) for each in shown} <= {track["id"] for track in lists["tracks"]}
    asked = "/api/v1/live/streams?is_live=true&limit=4"
    assert lists["streams"] == (await browser.get(asked)).json()["data"]["streams"]
    # What people wrote stays text.
    assert "alert(" in plain
    assert NASTY not in plain


async def test_the_policy_admits_its_own_style_and_script_alone(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/")
    policy = page.headers["content-security-policy"].split("; ")

    def admitted(pattern: str) -> str:
        (content,) = re.findall(pattern, page.text, re.DOTALL)
        return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"

    assert f"script-src 'self' {admitted('<script>(.*?)</script>')}" in policy
    assert f"style-src 'self' {admitted('<style>(.*?)</style>')}" in policy
    assert "unsafe" not in str(policy)
    assert "style=" not in page.text


async def test_the_application_is_asked_for_after_the_row(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/")).text

    template = re.search(r'<template id="first-files">(.*?)</template>', page, re.DOTALL)
    assert template is not None
    assert '<script type="module"' in template[1]
    outside = page.replace(template[0], "")
    assert not re.findall(r'src="/assets|modulepreload|stylesheet|as="style"', outside)
    # All styles are in the page: they are named only so that nothing loads them.
    styles = re.findall(r"<link [^>]*\.css[^>]*>", template[1])
    assert styles
    assert all(each.endswith(" disabled>") for each in styles)


@pytest.mark.parametrize("language", TEXTS)
async def test_its_texts_are_in_the_language_that_is_asked_for(
    browser: httpx.AsyncClient, language: str
) -> None:
    page = (await browser.get("/", headers={"accept-language": f"xx, {language}-XX"})).text

    assert f'<div id="first" class="app" lang="{language}"' in page
    assert TEXTS[language] in page
    assert f"/assets/listen-{language}-" in page
    assert "{{" not in page


async def test_it_is_there_without_a_row_where_nothing_can_be_read(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(service, "list_first", refuse)

    page = await browser.get("/")

    assert page.status_code == 200
    assert "first-data" not in page.text
    assert '<script type="module" crossorigin src="/assets/index-' in page.text
