"""Clips of a stream that has a password, and those that nobody plays any more."""

from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.axe import find_violations_in_themes
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.clip_steps import make_clip
from tests.journeys.served import Server, calling, sign_up
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click, send, shows
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

_SECRET = "low tide at nine"


def keep(server: Server, token: str, title: str) -> dict[str, Any]:
    """Keep nine seconds of a stream that asks for a password."""
    with calling(server, token) as client:
        form = {"title": "Behind the door", "audience": "password", "password": _SECRET}
        made = client.post("live/streams", json=form)
        assert made.status_code == 201, made.text
        return make_clip(server, client, made.json()["data"]["id"], title)


def test_a_password_opens_the_clips_of_a_stream_to_visitors(server: Server) -> None:
    name = f"door_{uuid4().hex[:8]}"
    clip = keep(server, sign_up(server, name), "The knock")
    page, stream = f"/clips/{clip['id']}", f"/live/{clip['stream_id']}"
    with browsing() as tab:
        tab.open(f"{server.url}{stream}")
        wait_for(tab, "!!document.querySelector('form [name=password]')")
        send(tab, password=_SECRET)
        click(tab, f"main a[href^='{page}']")
        wait_for(tab, f"location.pathname === '{page}'")
        wait_for(tab, shows("The knock"))
        wait_for(tab, "!!document.querySelector('main video')")
        link = tab.ask("location.href")
    # Who gets the link is asked for the password.
    with browsing() as tab:
        tab.open(link)
        wait_for(tab, "!!document.querySelector('form [name=password]')")
        assert find_violations_in_themes(tab) == []
        send(tab, password=_SECRET)
        wait_for(tab, "!!document.querySelector('main video')")


def test_who_made_a_clip_is_told_why_it_does_not_play(server: Server) -> None:
    name = f"door_{uuid4().hex[:8]}"
    token = sign_up(server, name)
    clip = keep(server, token, "Another crowd")
    with calling(server, token) as client, browsing() as tab:
        stream = f"live/streams/{clip['stream_id']}"
        assert client.put(stream, json={"audience": "public"}).status_code == 200
        tab.open(f"{server.url}/sign-in")
        send(tab, email=f"{name}@example.com", password=PASSWORD)
        wait_for(tab, "location.pathname === '/'")
        tab.open(f"{server.url}/clips/{clip['id']}")
        wait_for(tab, shows("Nobody can play this clip now"))
        assert tab.ask("!document.querySelector('main video')")
        assert find_violations_in_themes(tab) == []
        # A page that not everybody sees is 404 until its script has asked.
        assert [each for each in tab.complaints if clip["id"] not in each] == []
