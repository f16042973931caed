"""Maintenance on a real server: in both HTTP processes, by the API and by the command line."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.journeys.served import Server, calling, served, sign_up
from tests.make import PASSWORD

EMAIL = "keeper@example.com"


@pytest.fixture(scope="module")
def kept() -> Iterator[Server]:
    """A server of its own, for nobody else can use it meanwhile."""
    account = {"VEZA_ADMIN_EMAIL": EMAIL, "VEZA_ADMIN_PASSWORD": PASSWORD}
    with served("--workers", "2", **account) as server:
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


def ask_all(server: Server) -> set[int]:
    """Ask over many connections, which the processes share among them; give all statuses."""
    statuses: set[int] = set()
    for _ in range(24):
        with calling(server) as client:
            statuses.add(client.get("tracks").status_code)
    return statuses


def ensure_all_answer(server: Server, status: int) -> None:
    """Every process knows within a second; the rest is patience with a busy machine."""
    give_up_at = time.monotonic() + 20
    while ask_all(server) != {status}:
        assert time.monotonic() < give_up_at, ask_all(server)


def test_maintenance_holds_in_every_process_and_survives_a_restart(kept: Server, admin: str):
    token = sign_up(kept, "visitor")
    assert ask_all(kept) == {200}
    with calling(kept, admin) as client:
        answer = client.put("admin/maintenance", json={"enabled": True, "message": "New disks."})
        assert answer.status_code == 200, answer.text
    ensure_all_answer(kept, 503)

    kept.stop()
    kept.start()

    assert ask_all(kept) == {503}
    with calling(kept, token) as client:
        refused = client.get("users/me")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "60"
        assert refused.json()["error"] == "New disks."
        assert client.get("health").status_code == 200
        assert client.get("nowhere").status_code == 404
    with calling(kept, admin) as client:
        assert client.get("admin/maintenance").json()["data"]["message"] == "New disks."
        assert client.put("admin/maintenance", json={"enabled": False}).status_code == 200
    ensure_all_answer(kept, 200)


def test_maintenance_is_switched_by_the_command_line(kept: Server):
    assert veza(kept, "status") == (0, "Maintenance is off.\n")
    code, words = veza(
        kept, "on", "--message", "Back at four.", "--until", "2999-01-01T04:00+00:00"
    )
    assert code == 0
    assert words.startswith("Maintenance is on since 2")
    assert words.endswith(", planned until 2999-01-01 04:00 UTC: Back at four.\n")
    ensure_all_answer(kept, 503)
    assert veza(kept, "status") == (0, words)

    assert veza(kept, "off") == (0, "Maintenance is off.\n")
    ensure_all_answer(kept, 200)


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["on", "--until", "2020-01-01"], 1, "The planned end must lie ahead."),
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
    assert ask_all(kept) == {200}
