"""What a browser makes of it: the stream is heard through hls.js, the API's page is shown."""

import pytest

from tests import sounds
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, until, upload, wait_for_track

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

PLAYER = """<!doctype html>
<title>A player</title>
<audio id="audio" muted></audio>
<script src="/hls.min.js"></script>
<script>
  const failures = [], audio = document.getElementById("audio"), hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, error) => { if (error.fatal) failures.push(error.details); });
  hls.on(Hls.Events.MANIFEST_PARSED, () => audio.play());
  hls.loadSource("URL_OF_THE_STREAM");
  hls.attachMedia(audio);
</script>
"""


@pytest.fixture
def tab():
    with browsing() as opened:
        yield opened


def test_a_private_track_is_heard_through_hls_js_on_another_origin(
    server, token, pages, folder, tab
):
    with calling(server, token) as client:
        source = sounds.write(folder / "heard.wav", sounds.sine(14))
        track = wait_for_track(client, upload(client, source, visibility="private"))
    page = PLAYER.replace("URL_OF_THE_STREAM", track["hls_url"])

    tab.open(pages.show("/player", page))

    def position():
        return tab.ask("window.audio ? audio.currentTime : 0")

    def state():
        return f"{tab.ask('[audio.currentTime, audio.error, failures]')} {tab.complaints}"

    until(lambda: position() > 0.5, 60, state)
    assert tab.ask("hls.levels.map(level => level.audioCodec)") == ["mp4a.40.2"] * 2
    assert tab.ask("audio.duration") == pytest.approx(14, abs=0.1)
    # Into the last segment, which wasn't asked for yet, and on to the end.
    tab.ask("audio.currentTime = 12.5")
    until(lambda: tab.ask("audio.ended"), 60, state)
    assert tab.ask("failures") == []


def test_a_browser_may_read_what_a_player_needs_from_another_origin(server, pages, tab):
    tab.open(pages.show("/reader", "<!doctype html><title>A reader</title>"))
    until(lambda: tab.ask("document.title") == "A reader", 60)

    with calling(server) as client:
        public = client.get("tracks").json()["data"]["tracks"]
    url = f"{server.url}/api/v1/tracks?limit=1"
    told = tab.ask(
        f"fetch('{url}', {{headers: {{'X-Request-ID': 'from-a-browser'}}}})"
        ".then(async answer => [answer.status, answer.headers.get('x-request-id'),"
        " (await answer.json()).data.tracks.length])"
    )

    assert told == [200, "from-a-browser", min(len(public), 1)]


def test_the_page_of_the_api_lists_the_operations_of_an_area_without_a_complaint(server, tab):
    tab.open(f"{server.url}/swagger")

    areas = "document.querySelectorAll('.opblock-tag').length"
    until(lambda: tab.ask(areas) > 15, 60, lambda: str(tab.complaints))
    tab.ask("document.querySelector('[data-tag=tracks]').click()")
    listed = "document.querySelectorAll('.opblock').length"
    until(lambda: tab.ask(listed) > 20, 60, lambda: str(tab.complaints))
    words = tab.ask("document.body.innerText")
    assert "Veza API" in words
    assert "/api/v1/tracks/{track_id}/like" in words
    # It tries a request of its own origin, as somebody reading would.
    answered = tab.ask("fetch('/api/v1/health').then(answer => answer.status)")
    assert answered == 200
    assert tab.complaints == []


def test_a_seller_gets_connected_on_the_sandboxs_page_and_back(server, token, tab):
    with calling(server, token) as client:
        url = client.post("sell/connect/onboard").json()["data"]["onboarding_url"]
        tab.open(url)
        until(lambda: tab.ask("document.title") == "Get paid · Veza sandbox", 60)
        # The style is one that the page's own policy lets in.
        assert tab.ask("getComputedStyle(document.querySelector('button')).color") == (
            "rgb(255, 255, 255)"
        )

        tab.ask("document.querySelector('button').click()")
        until(lambda: tab.ask("document.title").startswith("You are connected"), 60)
        back = tab.ask("document.querySelector('a').href")

        assert client.get("sell/balance").json()["data"]["connected"] is True
        until(lambda: tab.ask("location.href") == back, 60, lambda: tab.ask("location.href"))
        assert tab.complaints == []
