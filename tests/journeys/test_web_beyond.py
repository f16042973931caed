"""Feeds as podcast clients read them, and the player embedded in pages of other sites."""

import functools
import re
import subprocess

import feedparser
import httpx
import pytest

from tests import sounds
from tests.journeys.axe import AXE, find_violations, needs_axe
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.npm import NODE, install
from tests.journeys.served import calling, until, upload, wait_for_track
from tests.journeys.web_pages import wait_for, wait_until_still

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def release(server, token, folder):
    """A public release of two tracks, the first of which may be downloaded."""
    with calling(server, token) as client:
        made = []
        for number, title in enumerate(("Night Ferry", "Undertow")):
            source = sounds.write(folder / f"beyond{number}.mp3", sounds.sine(6 + number))
            said = {"title": title, "downloadable": "true" if number == 0 else "false"}
            made.append(wait_for_track(client, upload(client, source, **said))["id"])
        form = {
            "title": "Two Shores",
            "visibility": "public",
            "tracks": [{"track_id": track_id} for track_id in made],
        }
        answer = client.post("releases", json=form)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"], made


def test_enclosures_are_what_the_feed_says(server, release):
    release_id, tracks = release
    feed = feedparser.parse(httpx.get(f"{server.url}/feeds/releases/{release_id}").content)

    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.feed.title == "Two Shores"
    assert [entry.id for entry in feed.entries] == tracks
    assert [entry.itunes_episode for entry in feed.entries] == ["1", "2"]
    for entry in feed.entries:
        [enclosure] = entry.enclosures
        whole = httpx.get(enclosure.href)
        assert len(whole.content) == int(enclosure.length)
        assert whole.headers["content-type"] == enclosure.type == "audio/mp4"
        assert whole.content[4:8] == b"ftyp"
        part = httpx.get(enclosure.href, headers={"range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, whole.content[100:200])
        head = httpx.head(enclosure.href)
        assert head.headers["content-length"] == enclosure.length


@pytest.fixture(scope="module")
def feeds_js(tmp_path_factory):
    """A folder with the packages of npm, of the versions and hashes in their lock file."""
    return install("feeds_js", tmp_path_factory.mktemp("js"), timeout_s=100)


def test_podcast_partytime_and_oembed_extractor_understand_us(server, release, feeds_js):
    release_id, _ = release
    url = f"{server.url}/feeds/releases/{release_id}"
    [enclosure] = feedparser.parse(httpx.get(url).content).entries[0].enclosures
    given = [url, f"{server.url}/releases/{release_id}", enclosure.length, enclosure.type]
    command = [NODE / "bin/node", "use.mjs", *given]
    done = subprocess.run(command, cwd=feeds_js, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"used\n"), done.stderr.decode()


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
@needs_axe
def test_the_player_plays_in_a_page_of_another_site(server, token, release, pages):
    release_id, tracks = release
    frame = server.url
    address = f"{server.url}/releases/{release_id}"
    answer = httpx.get(f"{server.url}/oembed", params={"url": address}).json()
    for theme in ("light", "dark"):
        html = re.sub(r'(src="[^"]+)"', rf'\1?theme={theme}&amp;color=1557d6"', answer["html"])
        page = f"<!doctype html><html lang=en><title>A blog</title><main><h1>Blog</h1>{html}</main>"
        url = pages.show(f"/embedding-{theme}.html", page)
        with browsing() as tab:
            # In frames too, which axe asks about themselves.
            unsafe = "axe.configure({allowedOrigins: ['<unsafe_all_origins>']});"
            tab.run_before_pages(f"{AXE.read_text()};{unsafe}")
            tab.open(url)
            until(functools.partial(tab.has_frame, frame), 60)
            wait_for(tab, "!!document.querySelector('.row')", frame)
            rows = "[...document.querySelectorAll('.row .name')].map(each => each.textContent)"
            assert tab.ask(rows, frame) == ["Night Ferry", "Undertow"]
            assert find_violations(tab) == []
            tab.ask("document.querySelector('.play').click()", frame)
            position = "+document.querySelector('.wave').getAttribute('aria-valuenow')"
            wait_for(tab, f"{position} >= 1", frame)
            assert find_violations(tab) == []
            key = "new KeyboardEvent('keydown', {key: 'Home', cancelable: true})"
            tab.ask(f"document.querySelector('.wave').dispatchEvent({key})", frame)
            wait_for(tab, f"{position} <= 1", frame)
            # Once in half an hour, as everywhere.
            wait_for(
                tab,
                "document.querySelectorAll('[aria-current]')[0] === "
                "document.querySelectorAll('.row')[1]",
                frame,
            )
            assert tab.ask("document.cookie + JSON.stringify({...localStorage})", frame) == "{}"
            assert not [text for text in tab.complaints if "favicon" not in text]
    with calling(server, token) as client:

        def count_plays():
            return client.get(f"tracks/{tracks[0]}").json()["data"]["plays_count"]

        until(count_plays, 60)
        assert count_plays() == 1


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
@needs_axe
def test_the_code_of_a_player_can_be_copied_from_its_page(server, release):
    release_id, _ = release
    address = f"{server.url}/releases/{release_id}"
    answer = httpx.get(f"{server.url}/oembed", params={"url": address}).json()
    with browsing() as tab:
        tab.open(address)
        wait_for(tab, "!!document.querySelector('[aria-label=Embed]')")
        tab.ask("document.querySelector('[aria-label=Embed]').click()")
        wait_for(tab, "!!document.querySelector('dialog textarea')")
        code = tab.ask("document.querySelector('dialog textarea').value")
        wait_until_still(tab)
        assert find_violations(tab) == []
    player = f'src="{server.url}/embed/releases/{release_id}" width="600" height="400"'
    assert player in code
    assert player in answer["html"]


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
def test_no_other_page_can_be_framed(server, release, pages):
    release_id, _ = release
    frame = f'<iframe src="{server.url}/releases/{release_id}"></iframe>'
    url = pages.show("/framing.html", f"<!doctype html><title>A thief</title>{frame}")
    with browsing() as tab:
        tab.open(url)
        # What a tab complains of arrives with the answer to a question.
        until(lambda: tab.ask("true") and "frame-ancestors" in str(tab.complaints), 60)
