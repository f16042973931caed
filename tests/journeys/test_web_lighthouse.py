"""Lighthouse on the pages that listeners open first: home, a track and a release.

The scores for accessibility, best practices and search engines don't depend on the machine. That
for performance does: it is computed from times, of which a busy machine makes any number. Here are
its causes instead: bytes, requests, what a browser learns of late, and what moves after it was
shown.
"""

import json
import subprocess

import httpx
import pytest

from tests import sounds
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.npm import NODE, install
from tests.journeys.served import calling, sign_up, upload, wait_for_track

AT_LEAST = 0.95
MAX_SCRIPT_BYTES, MAX_STYLE_BYTES, MAX_FONT_BYTES = 100 * 1024, 30 * 1024, 60 * 1024
MAX_REQUESTS = 45
# Scripts and styles that the head doesn't name: of offers, and of the service worker.
MAX_FOUND_LATE = 10

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture(scope="module")
def lighthouse(tmp_path_factory):
    """A folder with npm's Lighthouse, of the versions and hashes in its lock file."""
    return install("lighthouse_js", tmp_path_factory.mktemp("js"), timeout_s=300)


@pytest.fixture(scope="module")
def paths(server, folder):
    """Home, a track and its release, with a cover as large as covers are."""
    sound = sounds.write(folder / "audited.mp3", sounds.sine(5))
    cover = sounds.picture(folder / "cover.png", width=1200, height=1200).read_bytes()
    with calling(server, sign_up(server, "audited")) as client:
        track = upload(client, sound, title="Night Ferry", description="Recorded on deck.")
        assert wait_for_track(client, track)["status"] == "ready"
        body = {"content": "[00:01.00] Cast off", "plain": "Cast off"}
        client.put(f"tracks/{track}/lyrics", json=body)
        image = client.post("images", files={"file": ("cover.png", cover)}).json()["data"]["id"]
        form = {"title": "Crossing", "visibility": "public", "cover_image_id": image}
        form |= {"tracks": [{"track_id": track}]}
        release = client.post("releases", json=form).json()["data"]["id"]
    return {"home": "/", "track": f"/tracks/{track}", "release": f"/releases/{release}"}


@pytest.mark.parametrize("page", ["home", "track", "release"])
def test_lighthouse_finds_nothing_that_the_machine_does_not_cause(server, paths, lighthouse, page):
    with browsing() as tab:
        command = [NODE / "bin/node", "audit.mjs", str(tab.port), f"{server.url}{paths[page]}"]
        done = subprocess.run(command, cwd=lighthouse, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found = json.loads(done.stdout)
    scores = {name: score for name, score in found["scores"].items() if name != "performance"}
    assert min(scores.values()) >= AT_LEAST, (scores, found["failed"])
    assert found["measured"]["cumulative-layout-shift"] <= 0.1, found["measured"]
    sizes = {kind: _sum(found["requests"], kind) for kind in ("Script", "Stylesheet", "Font")}
    assert sizes["Script"] <= MAX_SCRIPT_BYTES, sizes
    assert sizes["Stylesheet"] <= MAX_STYLE_BYTES, sizes
    assert sizes["Font"] <= MAX_FONT_BYTES, sizes
    assert len(found["requests"]) <= MAX_REQUESTS, found["requests"]
    shown = httpx.get(f"{server.url}{paths[page]}", headers={"accept-language": "en-US"}).text
    late = [each for each in _list_code(found["requests"]) if each not in shown]
    assert len(late) <= MAX_FOUND_LATE, late
    # The track has the cover of its release.
    assert ('as="image"' in shown) == (page != "home")


def _list_code(requests):
    code = [each["url"] for each in requests if each["resourceType"] in {"Script", "Stylesheet"}]
    return [url[url.index("/assets/") :] for url in code if "/assets/" in url]


def _sum(requests, kind):
    return sum(each["transferSize"] for each in requests if each["resourceType"] == kind)
