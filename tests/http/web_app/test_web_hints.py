"""The files and the cover that the head of a page names, so that browsers load them at once."""

import re

import httpx
import pytest
from litestar import Litestar

from tests.architecture.source import ROOT
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.settings.settings import Settings
from veza.core.languages import find_language
from veza.http.web_app.hints import (
    COVERS,
    HOME,
    LANGUAGES,
    PAGES,
    Chunk,
    WebPage,
    hint_cover,
    list_links,
)

_SOURCES = ROOT / "web" / "src"
_ROUTE = re.compile(
    r"path: '/(?P<section>\w*)(?:/:\w+)?',\s+area: '(?P<area>\w+)',"
    r"(?:\s+also: \[(?P<also>[^]]*)\],)?"
    r"\s+page: \(\) =>\s+import\('\./features/(?P<source>[\w/]+)\.svelte'\)"
)
_BUILD = {
    "index.html": Chunk("assets/index.js", ("_shared.js",), ("assets/index.css",)),
    "_shared.js": Chunk("assets/shared.js"),
    "_rows.js": Chunk("assets/rows.js", ("_shared.js", "_rows.js"), ("assets/rows.css",)),
    "src/features/listen/TrackPage.svelte": Chunk("assets/track.js", ("index.html", "_rows.js")),
    "src/i18n/common/de.ts": Chunk("assets/common-de.js"),
    "src/features/listen/messages/de.ts": Chunk("assets/listen-de.js", ("_rows.js",)),
}


def test_a_page_names_what_it_imports_once_and_nothing_that_is_named_anyway() -> None:
    links = list_links(_BUILD, WebPage("listen/TrackPage"), "de")

    found = [re.findall(r'rel="([^"]+)".* href="/assets/([^"]+)"', link) for link in links]
    assert sorted(pair for pairs in found for pair in pairs) == [
        ("modulepreload", "common-de.js"),
        ("modulepreload", "listen-de.js"),
        ("modulepreload", "rows.js"),
        ("modulepreload", "track.js"),
        ("preload", "rows.css"),
    ]


def test_a_page_that_is_not_in_the_build_names_nothing() -> None:
    assert list_links({}, HOME, "en") == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR, fr;q=0.5", "fr"),
        ("ES", "es"),
        ("*" * 5000, "en"),
        (",".join(["pt"] * 500) + ",fr", "en"),
    ],
)
def test_messages_are_those_of_the_first_language_that_is_there(
    accepted: str, language: str
) -> None:
    assert find_language(accepted) == language


def test_pages_are_those_of_the_routes() -> None:
    routes = (_SOURCES / "routes.ts").read_text()
    found: dict[str, WebPage] = {}
    for each in _ROUTE.finditer(routes):
        areas = (each["area"], *re.findall(r"[\w/]+", each["also"] or ""))
        found.setdefault(each[0].split("'")[1], WebPage(each["source"], areas))

    assert found["/"] == HOME
    for section, page in PAGES.items():
        name = "username" if section == "artists" else "id"
        assert found[f"/{section}/:{name}"] == page


def test_languages_and_sizes_of_covers_are_those_of_the_application() -> None:
    files = {each.stem for each in (_SOURCES / "i18n" / "common").iterdir()}
    assert files == set(LANGUAGES)
    covers = (_SOURCES / "components" / "covers.ts").read_text()
    width = re.findall(r"PAGE_WIDTH = '(\w+)'", covers)
    for place, choice in COVERS.items():
        sides = re.findall(rf"{place}: \[(\d+), (\d+)\]", covers)[0]
        assert re.findall(r"size=(\d+)", choice) == list(sides)
        assert re.findall(r'imagesizes="(\w+)"', choice) == (width if place == "page" else [])


def test_only_a_cover_that_is_shown_first_at_a_lasting_address_is_loaded_early() -> None:
    assert 'fetchpriority="high"' in hint_cover("/releases/1", "http://veza.test/cover")
    assert 'a"b' not in hint_cover("/tracks/1", 'http://veza.test/a"b')
    assert hint_cover("/posts/1", "http://veza.test/cover") == ""
    assert hint_cover("/tracks/1", None) == ""
    assert hint_cover("/tracks/1", "http://veza.test/cover?signature=a") == ""


async def test_pages_in_other_languages_are_told_apart_by_caches(
    app: Litestar, settings: Settings
) -> None:
    async with calling(wrap(app, settings), path="/") as browser:
        answer: httpx.Response = await browser.get("/", headers={"accept-language": "fr"})

    assert "Accept-Language" in answer.headers["vary"]
