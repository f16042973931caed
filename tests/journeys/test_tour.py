"""The commands of the tour work as they are pasted, from the first to the last."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_tour_publishes_sells_streams_and_exports(server, tmp_path):
    script = read_steps().replace("http://localhost:8080", server.url)
    # A step that fails must not be hidden by the ones after it, and none may wait for ever.
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert '"title":"First sound"' in done.stdout
    assert '"username":"ada"' in done.stdout
    assert '"content":"Ten seconds of calm, for @grace."' in done.stdout
    assert '"kind":"mention"' in done.stdout
    assert '"content":"A sine, swelling. But yes."' in done.stdout
    assert "/hls/master.m3u8" in done.stdout
    assert (tmp_path / "waveform.svg").read_text().startswith("<svg")
    assert b"ftyp" in (tmp_path / "heard.m4a").read_bytes()[:12]
    assert '"name":"first-sound.wav","url":' in done.stdout
    sound = (tmp_path / "first-sound.wav").read_bytes()
    assert (tmp_path / "bought.wav").read_bytes() == sound
    assert (tmp_path / "shared.wav").read_bytes() == sound
    assert '"stream_key":"live_' in done.stdout
    assert '"title":"Dusk till dub"' in done.stdout
    assert (tmp_path / "invoice.pdf").read_bytes().startswith(b"%PDF-")
    assert '"comment":"Ten seconds well spent."' in done.stdout
    assert '"amount_cents":225' in done.stdout


def read_steps() -> str:
    return "\n".join(re.findall(r"```sh\n(.*?)```", TOUR.read_text(), re.DOTALL))
