"""Shows in a browser: made in the studio, heard on their pages, read by podcast applications."""

import subprocess

import pytest

from tests import sounds
from tests.journeys.axe import ensure_accessible, needs_axe
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.npm import NODE, install
from tests.journeys.served import calling, sign_up, upload, wait_for_track
from tests.journeys.web_pages import ANSWERS, go, sign_in, unexpected, wait_for, wait_until_quiet

pytestmark = pytest.mark.long

NAME = "show_maker"
VTT = "WEBVTT\n\n00:00.000 --> 00:05.000\n<v Ada>Welcome.\n\n00:20.000 --> 00:25.000\nTape loops."
WIDTHS = (1440, 768, 390)


@pytest.fixture(scope="module")
def show(server, folder):
    """A show with an episode of 40 seconds, and a track that is none yet."""
    with calling(server, sign_up(server, NAME)) as client:
        source = sounds.write(folder / "shows.mp3", sounds.sine(40))
        tracks = [upload(client, source, title=title) for title in ("First tape", "Second tape")]
        for track in tracks:
            assert wait_for_track(client, track)["status"] == "ready"
        form = {
            "title": "Tape Hours",
            "description": "Conversations about machines that hum.",
            "license": "cc-by-4.0",
            "funding": [{"url": "https://harbour.example/give", "title": "Give"}],
        }
        made = client.post("shows", json=form).json()["data"]
        chapters = [
            {"start_seconds": 0, "title": "Hello"},
            {"start_seconds": 20, "title": "Loops"},
        ]
        form = {"track_id": tracks[0], "season": 1, "number": 2, "notes": "We talk of tape."}
        answer = client.post(f"shows/{made['id']}/episodes", json=form | {"chapters": chapters})
        assert answer.status_code == 201, answer.text
        url = f"shows/{made['id']}/episodes/{tracks[0]}/transcript"
        assert client.put(url, json={"transcript": VTT}).status_code == 200
    return made, tracks


def test_podcast_partytime_reads_the_feed(show, tmp_path):
    folder = install("feeds_js", tmp_path, timeout_s=100)
    command = [NODE / "bin/node", "use_show.mjs", show[0]["feed_url"]]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"used\n"), done.stderr.decode()


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
@needs_axe
def test_an_episode_is_heard_by_chapters_and_transcript(server, show):
    made, (track, _) = show
    with browsing() as tab:
        tab.run_before_pages(ANSWERS)
        tab.open(f"{server.url}/shows/{made['id']}")
        wait_for(tab, "document.querySelectorAll('.episodes > li').length === 1")
        for width in WIDTHS:
            tab.resize(width)
            wait_for(tab, "document.documentElement.scrollWidth <= innerWidth")
        ensure_accessible(tab, "the page of a show")
        tab.resize(WIDTHS[0])
        go(tab, f"/shows/{made['id']}/episodes/{track}")
        wait_for(tab, "document.querySelectorAll('.chapters li').length === 2")
        wait_for(tab, "document.body.innerText.includes('Welcome.')")
        for width in WIDTHS:
            tab.resize(width)
            wait_for(tab, "document.documentElement.scrollWidth <= innerWidth")
        ensure_accessible(tab, "the page of an episode")
        tab.ask("document.querySelectorAll('.chapters button')[1].click()")
        playing = "document.querySelector('.chapters [aria-current=true]')?.textContent"
        wait_for(tab, f"{playing}?.includes('Loops')")
        wait_for(tab, "document.querySelector('.cues button.on')?.textContent.includes('loops')")
        speed = "document.querySelector('.speed select')"
        tab.ask(f"({speed}.value = '1.5', {speed}.dispatchEvent(new Event('change')))")
        wait_for(tab, "JSON.parse(localStorage['veza.episodes'] ?? '{}')['" + track + "'] >= 20")
        assert unexpected(tab) == []


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
@needs_axe
def test_a_show_is_edited_in_the_studio(server, show):
    made, (_, second) = show
    with browsing() as tab:
        tab.run_before_pages(ANSWERS)
        sign_in(tab, server, f"{NAME}@example.com")
        go(tab, "/studio/shows")
        wait_for(tab, "document.body.innerText.includes('Tape Hours')")
        ensure_accessible(tab, "the shows of the studio")
        go(tab, f"/studio/shows/{made['id']}")
        wait_for(tab, "!!document.querySelector('[name=owner_text]')")
        for width in WIDTHS:
            tab.resize(width)
            wait_for(tab, "document.documentElement.scrollWidth <= innerWidth")
        ensure_accessible(tab, "the page that edits a show")
        tab.ask("[...document.querySelectorAll('button[aria-expanded=false]')].at(-1).click()")
        wait_for(tab, "!!document.querySelector('.addable li button')")
        tab.ask("document.querySelector('.addable li button').click()")
        wait_for(tab, "document.querySelectorAll('[id^=episode-]').length === 2")
        tab.ask(f"document.querySelector('[aria-controls=\"episode-{second}\"]').click()")
        wait_for(tab, "!!document.querySelector('[name=chapters]')")
        field = "document.querySelector('[name=chapters]')"
        for text, problem in (("Tape", "1:30"), ("0:00 Hello\n0:30 Loops", None)):
            tab.ask(
                f"({field}.value = {text!r},"
                f" {field}.dispatchEvent(new Event('input', {{bubbles: true}})))"
            )
            tab.ask(f"{field}.form.querySelector('[type=submit]').click()")
            if problem is not None:
                wait_for(
                    tab,
                    f"!!document.querySelector('[role=alert]')?.innerText.includes('{problem}')",
                )
        wait_for(tab, "!document.querySelector('[name=chapters]')")
        wait_until_quiet(tab)
        ensure_accessible(tab, "an episode in the studio")
    with calling(server) as client:
        shown = client.get(f"shows/{made['id']}/episodes/{second}").json()["data"]
    assert [each["title"] for each in shown["chapters"]] == ["Hello", "Loops"]


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
@needs_axe
def test_a_show_is_imported_in_the_studio(server, show):
    with browsing() as tab:
        tab.run_before_pages(ANSWERS)
        sign_in(tab, server, f"{NAME}@example.com")
        go(tab, "/studio/shows/import")
        wait_for(tab, "!!document.querySelector('[name=feed_url]')")
        ensure_accessible(tab, "the page that imports a show")
        field = "document.querySelector('[name=feed_url]')"
        # No such host: the rest is shown by the tests of the domain.
        tab.ask(
            f"({field}.value = 'https://feeds.invalid/old.xml',"
            f" {field}.dispatchEvent(new Event('input', {{bubbles: true}})))"
        )
        tab.ask(f"{field}.form.querySelector('[type=submit]').click()")
        wait_for(tab, "document.body.innerText.includes('doesn’t answer: try again later')")
        for width in WIDTHS:
            tab.resize(width)
            wait_for(tab, "document.documentElement.scrollWidth <= innerWidth")
        ensure_accessible(tab, "an import that failed")
        tab.ask("document.querySelector('main form [type=button]').click()")
        wait_for(tab, "!!document.querySelector('[name=feed_url]')")
