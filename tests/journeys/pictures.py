"""Takes the pictures of the web application in docs/images: `make pictures`.

A server of its own is filled with the demonstration, whose pages are then photographed.
"""

import re
import subprocess

from tests.architecture.source import ROOT
from tests.journeys.browser import Tab, browsing
from tests.journeys.served import Server, calling, served
from tests.journeys.web_pages import ANSWERS, go, open_page, sign_in, wait_for

IMAGES = ROOT / "docs" / "images"
MAX_BYTES = 300_000
MEMBER = "mira_solene"
# A machine without a screen has no mouse, for which the pages would be arranged.
_MOUSE = (
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,"
    "primaryPointerType=4,availablePointerTypes=4"
)
_PLAYS = "+document.querySelector('.player [role=slider]')?.getAttribute('aria-valuenow') >= 2"
_HAS_COVERS = (
    "[...document.images].every(each => each.complete || each.getBoundingClientRect().top > 900)"
)


def main() -> None:
    with served("--workers", "1") as server, browsing(_MOUSE) as tab:
        password = _fill(server)
        tab.run_before_pages(ANSWERS)
        sign_in(tab, server, f"{MEMBER}@veza.example", password)
        _take_all(tab, server)


def _fill(server: Server) -> str:
    """Fill a server with the demonstration; return the password of its members."""
    command = [server.command()[0], "-m", "veza_demo"]
    told = subprocess.run(
        command, env=server.environment(), capture_output=True, text=True, check=True
    )
    found = re.search(r"Password +(\S+)", told.stdout)
    assert found is not None, told.stdout
    return found[1]


def _take_all(tab: Tab, server: Server) -> None:
    with calling(server) as client:
        query = {"sort_by": "plays_count", "sort_order": "desc"}
        tracks = client.get("tracks", params=query).json()["data"]["tracks"]
        releases = client.get("releases").json()["data"]["releases"]
    tab.resize(1440)
    open_page(tab, f"{server.url}/")
    tab.ask("document.querySelector('main .btn-play').click()")
    wait_for(tab, _PLAYS)
    _take(tab, "home", "light")
    go(tab, f"/tracks/{tracks[0]['id']}")
    tab.ask("document.querySelector('main .btn-play').click()")
    wait_for(tab, _PLAYS)
    _take(tab, "track", "dark")
    go(tab, f"/releases/{releases[0]['id']}")
    _take(tab, "release", "light")
    go(tab, "/feed?view=explore")
    wait_for(tab, "!!document.querySelector('.post')")
    _take(tab, "feed", "dark")


def _take(tab: Tab, name: str, theme: str) -> None:
    tab.ask(f"document.documentElement.dataset.theme = '{theme}'")
    wait_for(tab, _HAS_COVERS)
    # What appears is moved and faded in: drawn when it has ended.
    tab.ask(
        "Promise.all(document.getAnimations().filter(each => each.effect.getTiming()"
        ".iterations !== Infinity).map(each => each.finished))"
    )
    picture = tab.take_picture(quality=82)
    assert len(picture) < MAX_BYTES, f"The picture {name} takes {len(picture)} bytes."
    (IMAGES / f"{name}.jpg").write_bytes(picture)


if __name__ == "__main__":
    main()
