"""What was answered is recorded, whatever is killed, and the command says that nothing is lost."""

import subprocess
import sys
import threading

import httpx
import pytest

from tests.cluster.through import prepared, served
from tests.journeys.served import Server, calling, kill_if_there, sign_up, until
from tests.make import PASSWORD

ADMIN = "admin@example.com"


def veza(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "veza", *arguments],
        env=server.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def list_recorded(server: Server, action: str) -> dict[str, int]:
    """Read as an admin what is recorded of an action: request ids, and the status of each."""
    found: dict[str, int] = {}
    with calling(server) as client:
        answer = client.post("auth/login", json={"email": ADMIN, "password": PASSWORD})
        headers = {"authorization": f"Bearer {answer.json()['data']['access_token']}"}
        cursor = ""
        while True:
            path = f"admin/audit?action={action}&limit=100{cursor}"
            page = client.get(path, headers=headers).json()["data"]
            found |= {event["request_id"]: event["status"] for event in page["events"]}
            if not page["has_more"]:
                return found
            cursor = f"&cursor={page['next_cursor']}"


def kill_all_amid_writes(server: Server, token: str, life: int) -> set[str]:
    """Kill every process while changes are made; give the ids of those that were answered."""
    acknowledged: set[str] = set()

    def write() -> None:
        with calling(server, token) as client:
            for number in range(100_000):
                headers = {"X-Request-ID": f"life-{life}-change-{number}"}
                try:
                    answer = client.put("users/me", json={"bio": str(number)}, headers=headers)
                except httpx.TransportError:
                    return
                if answer.status_code != 200:
                    # A load balancer answers for those that were killed.
                    return
                acknowledged.add(headers["X-Request-ID"])

    writing = threading.Thread(target=write)
    writing.start()
    until(lambda: len(acknowledged) > 30, 60)
    for pid in server.processes():
        # Those that die with their parent may be gone by now.
        kill_if_there(pid)
    server.kill()
    writing.join(60)
    until(lambda: not server.processes(), 60)
    return acknowledged


@pytest.mark.long
def test_every_change_that_was_answered_is_recorded_after_all_was_killed():
    settings = {"VEZA_ADMIN_EMAIL": ADMIN, "VEZA_ADMIN_PASSWORD": PASSWORD}
    with prepared("--workers", "2", **settings) as server:
        server.start()
        token = sign_up(server, "diarist")
        acknowledged: set[str] = set()
        for life in range(3):
            acknowledged |= kill_all_amid_writes(server, token, life)
            server.start()

        recorded = list_recorded(server, "update_account")
        assert acknowledged <= set(recorded)
        # At most the one that was under way at each death was recorded, and not answered.
        assert len(recorded) - len(acknowledged) <= 3
        assert set(recorded.values()) == {200}

        verified = veza(server, "audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        # Where a minute begins meanwhile, the worker has signed all, and nothing is left to sign.
        *printed, count = veza(server, "audit", "sign").stdout.splitlines()
        assert count == f"{len(printed)} signatures were made."
        verified = veza(server, "audit", "verify")
        assert " 0 wait to be signed." in verified.stdout
        last = verified.stdout.rpartition("The last signature is ")[2].strip()
        assert printed[-1:] in ([], [last])
        verified = veza(server, "audit", "verify", "--signature", last)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert veza(server, "audit", "verify", "--signature", f"1:{0:064}").returncode == 1
        server.stop()


@pytest.mark.long
def test_refusals_that_wait_are_written_before_the_server_ends():
    settings = {"VEZA_ADMIN_EMAIL": ADMIN, "VEZA_ADMIN_PASSWORD": PASSWORD}
    with served("--workers", "1", **settings) as server:
        with calling(server) as client:
            for number in range(20):
                headers = {"X-Request-ID": f"refused-{number}"}
                assert client.post("tracks", headers=headers).status_code == 401
        server.stop()

        server.start()
        recorded = list_recorded(server, "upload_track")
        assert recorded == {f"refused-{number}": 401 for number in range(20)}
