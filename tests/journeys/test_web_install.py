"""The installed application in a real browser: without a network, and with a push message."""

import json

import pytest

from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import served, until

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

_IS_READY = """
    navigator.serviceWorker.getRegistration().then((found) => !!found?.active
        && found.active.state === 'activated')
"""
_KEPT = """
    (async () => {
        const found = [];
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const { url } of await cache.keys()) found.push(new URL(url).pathname);
        }
        return found;
    })()
"""
_SHOWN = """
    navigator.serviceWorker.ready
        .then((registration) => registration.getNotifications())
        .then((found) => found.map(({ title, body, tag, data }) => ({ title, body, tag, data })))
"""


def test_the_application_starts_without_a_network_and_shows_what_is_pushed():
    with served("--workers", "1") as server, browsing() as tab:
        tab.open(f"{server.url}/")
        until(lambda: tab.ask("!!document.querySelector('#main h1')"), 60)
        assert tab.list_install_errors() == []
        until(lambda: tab.ask(_IS_READY), 60)

        # Nothing but the build and the page that loads it, also after some use.
        for path in ("/library", "/feed", "/"):
            tab.open(f"{server.url}{path}")
            until(lambda: tab.ask("!!document.querySelector('#main h1')"), 60)
        kept = tab.ask(_KEPT)
        assert "/" in kept
        assert [path for path in kept if path != "/" and not path.startswith("/assets/")] == []

        pushed = {"id": "one", "kind": "message", "subject": "conversation", "subject_id": "42"}
        pushed |= {"actors": ["ada"], "actors_count": 1, "text": "Hello."}
        tab.push(server.url, json.dumps(pushed))
        until(lambda: tab.ask(_SHOWN), 60)
        [shown] = tab.ask(_SHOWN)
        assert (shown["body"], shown["tag"]) == ("Hello.", "one")
        assert shown["data"] == {"path": "/messages/42"}

        server.stop()
        tab.open(f"{server.url}/library")
        until(lambda: tab.ask("!!document.querySelector('.app #main')"), 60)
        assert tab.ask("location.pathname") == "/library"
