"""The platforms that get one's streams, too, are added, changed and deleted in the studio."""

import pytest

from tests.encoders import needs_nginx
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import free_port, served, until
from tests.journeys.ways_in_steps import Streamer, sign_in, streaming_as
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click, fill, press, shows
from tests.support.references import Json

_FORM = "main form:has([name=restreamName])"
_WIDTHS = (1440, 768, 390)

pytestmark = [
    pytest.mark.long,
    needs_nginx,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


def test_a_platform_is_added_changed_switched_off_and_deleted() -> None:
    with (
        served("--workers", "1", "--with-live", VEZA_LIVE_RTMP_PORT=str(free_port())) as server,
        streaming_as(server, "restreamer") as member,
        browsing() as tab,
    ):
        sign_in(tab, member)
        tab.open(f"{server.url}/studio/live")
        _open_panel(tab)
        press(tab, "Add a platform")
        fill(tab, restreamName="Elsewhere", restreamUrl="http://10.0.0.1/app", restreamKey="k_1")
        click(tab, f"{_FORM} [type=submit]")
        wait_for(tab, shows("Enter a public address of RTMP"))
        fill(tab, restreamUrl="rtmps://live.example.org/app")
        click(tab, f"{_FORM} [type=submit]")
        wait_for(tab, shows("Gets your next stream."))
        assert not tab.ask("document.body.innerText.includes('k_1')")
        for width in _WIDTHS:
            tab.resize(width)
            ensure_accessible(tab, f"{width} px")
            assert tab.ask("document.documentElement.scrollWidth <= innerWidth"), width
        # Another address needs the key again, another name does not.
        press(tab, "Change Elsewhere")
        fill(tab, restreamName="Somewhere")
        click(tab, f"{_FORM} [type=submit]")
        until(lambda: [each["name"] for each in _targets(member)] == ["Somewhere"], 20)
        click(tab, "main [role=switch][aria-label='Send to Somewhere']")
        wait_for(tab, shows("Switched off."))
        assert [each["is_enabled"] for each in _targets(member)] == [False]
        press(tab, "Delete Somewhere")
        press(tab, "Delete", "dialog")
        wait_for(tab, shows("There is no other platform yet."))
        assert _targets(member) == []


def _open_panel(tab: Tab) -> None:
    panel = "main details:has(.inside)"
    wait_for(tab, f"!!document.querySelector('{panel} summary')")
    tab.ask(f"document.querySelector('{panel} summary').click()")


def _targets(member: Streamer) -> list[Json]:
    return member.client.get("live/restreams").json()["data"]["targets"]
