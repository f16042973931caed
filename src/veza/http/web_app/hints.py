"""Names, in the head of a page, the files that the application will ask for to show it.

Without that a browser learns of the code of a page only after it has run that of the application,
and of a cover only after the API has answered.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from importlib import resources

import msgspec
from msgspec import Struct

from veza.core.languages import Language

# The languages of the application; `web/src/i18n/common` has a file for each.
LANGUAGES = tuple(Language)
# How the cover of a page is loaded, by the place that the page gives it: as in
# `web/src/components/covers.ts`.
COVERS = {
    "card": 'imagesrcset="{url}?size=256&amp;format=avif 1x, {url}?size=384&amp;format=avif 2x"',
    "page": 'imagesrcset="{url}?size=512&amp;format=avif 512w, {url}?size=768&amp;format=avif 768w"'
    ' imagesizes="290px"',
}
# The places of the covers that pages show first.
_PLACES = {"releases": "page", "shows": "page", "tracks": "card"}


class Chunk(Struct):
    """A file of the build, as Vite's manifest describes it: with those it needs."""

    file: str
    imports: tuple[str, ...] = ()
    css: tuple[str, ...] = ()


class WebPage(Struct, frozen=True):
    """A page of the application, as `web/src/routes.ts` has it.

    `source` is a component in `web/src/features`, `areas` are the folders there with its messages.
    """

    source: str
    areas: tuple[str, ...] = ("listen",)


HOME = WebPage("listen/HomePage")
# The pages of public things, by the first part of their addresses: as in `web/src/routes.ts`.
PAGES = {
    "artists": WebPage("artist/ArtistPage", ("artist", "listen", "shop", "credits")),
    "bundles": WebPage("shop/bundles/BundlePage", ("shop", "shop/guests", "shop/gifts", "listen")),
    "clips": WebPage("clips/ClipPage", ("clips", "live", "talk", "listen")),
    "live": WebPage("live/StreamPage", ("live", "talk", "listen", "clips")),
    "playlists": WebPage("listen/PlaylistPage"),
    "posts": WebPage("talk/posts/PostPage", ("talk",)),
    "products": WebPage("shop/products/ProductPage", ("shop", "listen")),
    "releases": WebPage("listen/ReleasePage", ("listen", "credits")),
    "shows": WebPage("shows/ShowPage", ("shows", "listen")),
    "tracks": WebPage("listen/TrackPage", ("listen",)),
}

EPISODE = WebPage("shows/EpisodePage", ("shows", "listen"))

_ENTRY = "index.html"


def read_manifest() -> dict[str, Chunk]:
    """Return the chunks of the build by the files that they are built from."""
    file = resources.files("veza.http.web_app") / "bundle" / "manifest.json"
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Chunk]) if file.is_file() else {}


_BUILD = read_manifest()


@lru_cache(maxsize=256)
def hint_files(page: WebPage, language: str) -> str:
    """Return the elements that name the files of a page of this build."""
    return "".join(f"  {each}\n  " for each in list_links(_BUILD, page, language))


def list_links(build: Mapping[str, Chunk], page: WebPage, language: str) -> list[str]:
    """Return a `link` element for each file of a page that the page of the site does not name."""
    sources = [f"src/features/{page.source}.svelte", f"src/i18n/common/{language}.ts"]
    sources += [f"src/features/{area}/messages/{language}.ts" for area in page.areas]
    named = {each for each, _ in _walk(build, [_ENTRY])}
    links: list[str] = []
    for name, chunk in _walk(build, sources):
        if name in named:
            continue
        links += [
            f'<link rel="preload" as="style" crossorigin href="/{style}">' for style in chunk.css
        ]
        links.append(f'<link rel="modulepreload" crossorigin href="/{chunk.file}">')
    return links


def page_of(path: str) -> WebPage:
    """Return the page of the application that shows something public, by the path of that."""
    parts = path.split("/")
    return EPISODE if parts[3:4] == ["episodes"] else PAGES[parts[1]]


def hint_cover(path: str, url: str | None) -> str:
    """Return the element that loads the cover of a page before the application runs.

    Empty for pages that show none first, and for signed addresses: those differ each time.
    """
    place = _PLACES.get(path.split("/")[1])
    if place is None or url is None or "?" in url:
        return ""
    choice = COVERS[place].format(url=escape(url))
    return f'\n    <link rel="preload" as="image" fetchpriority="high" {choice}>'


def _walk(build: Mapping[str, Chunk], sources: list[str]) -> Iterator[tuple[str, Chunk]]:
    """Yield the chunks of sources and what these import, each once."""
    waiting = list(reversed(sources))
    seen = set[str]()
    while waiting:
        name = waiting.pop()
        chunk = build.get(name)
        if chunk is None or name in seen:
            continue
        seen.add(name)
        yield name, chunk
        waiting += chunk.imports
