"""Maintenance on a real server: in every HTTP process, by the API and by the command line."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.cluster.through import served
from tests.journeys.served import Server, another_process, calling, sign_up, until
from tests.make import PASSWORD

pytestmark = pytest.mark.long

EMAIL = "keeper@example.com"


@pytest.fixture(scope="module")
def kept() -> Iterator[Server]:
    """A server of its own, for nobody else can use it meanwhile."""
    account = {"VEZA_ADMIN_EMAIL": EMAIL, "VEZA_ADMIN_PASSWORD": PASSWORD}
    with served("--workers", "1", **account) as server:
        yield server


@pytest.fixture(scope="module")
def admin(kept: Server) -> str:
    with calling(kept) as client:
        answer = client.post("auth/login", json={"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["access_token"]


def veza(server: Server, *words: str) -> tuple[int, str]:
    """Run a command of the program beside the server; give its exit code and what it says."""
    command = [*server.command()[:3], "maintenance", *words]
    done = subprocess.run(
        command, env=server.environment(), capture_output=True, timeout=60, check=False
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def ask(url: str) -> int:
    """Ask for what stands still during maintenance; 0 where nobody answers."""
    try:
        return httpx.get(f"{url}/api/v1/tracks", verify=False).status_code
    except httpx.TransportError:
        return 0


def ensure_answered(status: int, *urls: str) -> None:
    """Every process knows within a second; the rest is patience with a busy machine."""
    for url in urls:
        until(lambda url=url: ask(url) == status, 60)


def switch(server: Server, admin: str, **said: object) -> None:
    with calling(server, admin) as client:
        answer = client.put("admin/maintenance", json=said)
        assert answer.status_code == 200, answer.text


def test_maintenance_holds_in_every_process_and_survives_a_restart(kept: Server, admin: str):
    token = sign_up(kept, "visitor")
    with another_process(kept) as other:
        ensure_answered(200, kept.url, other)
        switch(kept, admin, enabled=True, message="New disks.")
        ensure_answered(503, kept.url, other)
        switch(kept, admin, enabled=False)
        ensure_answered(200, kept.url, other)
        switch(kept, admin, enabled=True, message="New disks.")
    kept.stop()
    kept.start()

    with another_process(kept) as later:
        assert (ask(kept.url), ask(later)) == (503, 503)
    with calling(kept, token) as client:
        refused = client.get("users/me")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "60"
        assert refused.json()["error"] == "New disks."
        assert client.get("health").status_code == 200
        assert client.get("nowhere").status_code == 404
    with calling(kept, admin) as client:
        assert client.get("admin/maintenance").json()["data"]["message"] == "New disks."
    switch(kept, admin, enabled=False)
    ensure_answered(200, kept.url)


def test_maintenance_is_switched_by_the_command_line(kept: Server):
    assert veza(kept, "status") == (0, "Maintenance is off.\n")
    code, words = veza(
        kept, "on", "--message", "Back at four.", "--until", "2999-01-01T04:00+00:00"
    )
    assert code == 0
    assert words.startswith("Maintenance is on since 2")
    assert words.endswith(", planned until 2999-01-01 04:00 UTC: Back at four.\n")
    ensure_answered(503, kept.url)
    assert veza(kept, "status") == (0, words)

    assert veza(kept, "off") == (0, "Maintenance is off.\n")
    ensure_answered(200, kept.url)


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["on", "--until", "2020-01-01"], 1, "Choose a time in the future, or leave it out."),
        (["on", "--until", "tonight"], 2, "argument --until"),
        (["on", "--message", "x" * 501], 1, "length <= 500"),
        (["maybe"], 2, "invalid choice"),
        ([], 2, "required"),
    ],
)
def test_what_the_command_line_can_not_mean_is_said(kept: Server, words, code, complaint):
    ended, said = veza(kept, *words)

    assert ended == code, said
    assert complaint in said
    assert "Traceback" not in said
    assert ask(kept.url) == 200
