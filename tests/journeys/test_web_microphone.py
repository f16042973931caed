"""Going live with the microphone of a browser, from the studio, in a real Chromium."""

from pathlib import Path

import pytest

from tests import sounds
from tests.encoders import needs_nginx
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import free_port, served, until
from tests.journeys.ways_in_steps import sign_in, streaming_as
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import press

# A microphone that beeps, and that nobody has to allow.
_FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
_PANEL = "section[aria-labelledby=microphone-title]"
_WIDTHS = (1440, 768, 390)

pytestmark = [
    pytest.mark.long,
    needs_nginx,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


def test_a_microphone_is_heard_muted_and_connected_again(tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("VEZA_LIVE_RTMP_PORT", "VEZA_LIVE_WHIP_PORT")}
    with (
        served("--workers", "1", "--with-live", **ports) as server,
        streaming_as(server, "microphone") as member,
        browsing(*_FAKE) as tab,
    ):
        sign_in(tab, member)
        for width in _WIDTHS:
            tab.resize(width)
            tab.open(f"{server.url}/studio/live")
            wait_for(tab, "!!document.querySelector('#microphone-title')")
            ensure_accessible(tab, f"{width} px")
            assert tab.ask("document.documentElement.scrollWidth <= innerWidth"), width
        press(tab, "Go live with this microphone", _PANEL)
        wait_for(tab, f"!!document.querySelector('{_PANEL} .badge.live')")
        until(lambda: member.is_live, 40)
        until(lambda: len(member.segments) >= 4, 60)
        assert abs(sounds.read(member.fetch(tmp_path / "heard"))).max() > 0.01
        wait_for(tab, f"document.querySelector('{_PANEL} meter').value > 0")
        press(tab, "Mute", _PANEL)
        wait_for(tab, f"document.querySelector('{_PANEL} meter').value === 0")
        press(tab, "Mute", _PANEL)
        # Another key disconnects what came in with the former one.
        access = member.client.post("live/streams/me/key/regenerate").json()["data"]
        wait_for(tab, f"!!document.querySelector('{_PANEL} .badge.warn')")
        until(lambda: not member.is_live, 40)
        assert access["stream_key"] != member.key
        press(tab, "Hang up", _PANEL)
        wait_for(tab, f"!document.querySelector('{_PANEL} .badge')")
        tab.open(f"{server.url}/studio/live")
        press(tab, "Go live with this microphone", _PANEL)
        wait_for(tab, f"!!document.querySelector('{_PANEL} .badge.live')")
        press(tab, "Hang up", _PANEL)
        until(lambda: not member.is_live, 40)
