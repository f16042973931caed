"""`veza live rotate-keys`: keys are sealed anew while the server runs, and stay what they are."""

import subprocess

import msgspec
import pytest

from tests.journeys.served import calling, served, sign_up

pytestmark = pytest.mark.long


def test_keys_are_sealed_anew_and_nobody_notices() -> None:
    with served("--workers", "2", "--no-worker") as server:
        tokens = [sign_up(server, name) for name in ("ann", "ben")]

        def keys() -> list[str]:
            found: list[str] = []
            for token in tokens:
                with calling(server, token) as client:
                    found.append(client.get("live/streams/me/key").json()["data"]["stream_key"])
            return found

        before = keys()
        done = subprocess.run(
            [*server.command()[:3], "live", "rotate-keys"],
            env=server.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert done.returncode == 0, done.stderr
        assert done.stdout == (
            "2 stream keys, 0 keys of other platforms, 0 app passwords and 0 secrets of"
            " authenticator apps were encrypted with a new key.\n"
        )
        # Each process learns of the new one from the file.
        assert [keys() for _ in range(8)] == [before] * 8
        secrets = msgspec.json.decode((server.data_dir / "secrets.json").read_bytes())
        assert len(secrets["sealing"].split()) == 2
        assert not any(key in server.log for key in before)
