"""The commands of "Bad days" in docs/operation.md work as they are typed, chapter by chapter."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.architecture.source import ROOT
from tests.domains.auth.factors.steps import current_code
from tests.journeys.served import Server, calling, prepared, set_role, sign_up
from tests.make import PASSWORD

pytestmark = pytest.mark.long

PAGE = (ROOT / "docs" / "operation.md").read_text()
SECTION = PAGE.partition("\n## Bad days\n")[2].partition("\n## ")[0]
BEFORE, *CHAPTERS = re.split(r"^### ", SECTION, flags=re.MULTILINE)
ADMIN_PASSWORD = "a quiet harbour"

# What acts on the machine and not on Veza does nothing. `rsync` is the way to the new machine: its
# files are the same folders, emptied.
_MACHINE = """
veza() {
  case $1 in
    create-admin) echo 'a quiet harbour' ;;
    remove-factors) echo "$2" ;;
  esac | (set -a && . /etc/veza.env && exec @python@ -m veza "$@")
}
systemctl() { :; }
nginx() { :; }
certbot() { :; }
chown() { :; }
journalctl() { cat @log@; }
rsync() { cp -a "$2" "$3" /root/ && mv /var/lib/veza /var/lib/veza.old && rm "$3"; }
"""


class Operator:
    """Types the commands of a chapter, on a machine whose folders are those of this test."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        for name in ("etc", "root", "nginx", "var/log"):
            (folder / name).mkdir(parents=True)
        self.settings = folder / "etc/veza.env"
        self.settings.write_text("VEZA_PUBLIC_URL=https://veza.example\n")

    def start(self) -> None:
        lines = self.settings.read_text().splitlines()
        self.server.configure(**dict(line.split("=", 1) for line in lines))
        self.server.start()

    def run(self, title: str) -> str:
        """Run the commands of a chapter, and return what they print."""
        [chapter] = [each for each in CHAPTERS if each.startswith(f"{title}\n")]
        pieces = re.split(r"^systemctl (\w+) veza\n", read_commands(chapter), flags=re.MULTILINE)
        output = self.type(pieces[0])
        for action, commands in zip(pieces[1::2], pieces[2::2], strict=True):
            if action in {"stop", "restart"}:
                self.server.stop()
            if action in {"start", "restart"}:
                self.start()
            output += self.type(commands)
        return output

    def type(self, commands: str) -> str:
        """Run some commands, and return what they print."""
        needs_admin = "call " in commands
        script = _MACHINE + (read_commands(BEFORE) if needs_admin else "") + commands
        for there, here in self._places().items():
            script = script.replace(there, here)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.server.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _places(self) -> dict[str, str]:
        return {
            "@python@": sys.executable,
            "@log@": str(self.folder / "log"),
            "http://127.0.0.1:8080": self.server.url,
            "--port 8080": f"--port {self.server.port}",
            "/var/lib/veza": str(self.server.data_dir),
            "/etc/veza.env": str(self.settings),
            "/opt/veza/deploy": str(ROOT / "deploy"),
            "/etc/nginx/conf.d": str(self.folder / "nginx"),
            "/backup/": f"{self.folder}/backup/",
            "/var/log": str(self.folder / "var/log"),
            " /root/": f" {self.folder}/root/",
            "root@new.example:/root/": f"{self.folder}/root/",
        }


def read_commands(text: str) -> str:
    return "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))


@pytest.fixture(scope="module")
def operator() -> Iterator[Operator]:
    # As in production, but without second factors for staff and limits that a test reaches.
    settings = {"VEZA_ENV": "production", "VEZA_SECOND_FACTORS_FOR": "nobody"}
    with prepared("--workers", "1", **settings) as server:
        operator = Operator(server, server.data_dir.parent)
        operator.start()
        operator.type("veza create-admin ada@example.com ada")
        yield operator
        if not server.has_ended:
            server.stop()


def _sign_in(server: Server, name: str, password: str = PASSWORD) -> httpx.Response:
    with calling(server) as client:
        form = {"email": f"{name}@example.com", "password": password}
        return client.post("auth/login", json=form)


def _refuses(server: Server, token: str) -> bool:
    with calling(server, token) as client:
        return client.get("users/me").status_code == 401


def test_every_chapter_is_tried() -> None:
    titles = [chapter.partition("\n")[0] for chapter in CHAPTERS]
    tried = re.findall(r'operator\.run\("(.+)"\)', Path(__file__).read_text())
    assert tried == titles
    # Nothing that looks like a command is in a block of another kind.
    assert set(re.findall(r"^```(.*)$", SECTION, re.MULTILINE)) == {"sh", ""}


def test_people_who_are_locked_out_come_in_again(operator: Operator) -> None:
    server = operator.server
    token, other = sign_up(server, "grace"), sign_up(server, "mallory")
    for name in ("grace", "mallory"):
        set_role(server, name, "admin")
    with calling(server, token) as client:
        secret = client.post("users/me/factors/totp").json()["data"]["totp_secret"]
        client.post("users/me/factors/totp/confirm", json={"code": current_code(secret)})

    told = operator.run("Locked out")

    password = told.partition("The password is ")[2].partition("\n")[0]
    assert "A second factor is still needed" in told
    assert "grace has no second factor any more" in told
    assert _sign_in(server, "grace").status_code == 401
    assert "access_token" in _sign_in(server, "grace", password).json()["data"]
    assert _refuses(server, token)
    assert _refuses(server, other)
    rescue = _sign_in(server, "rescue", ADMIN_PASSWORD).json()["data"]["access_token"]
    with calling(server, rescue) as client:
        events = client.get("admin/audit?log=admin&limit=100").json()["data"]["events"]
    told = {event["resource"] for event in events}
    assert {
        "veza reset-password grace",
        "veza remove-factors grace",
        "veza create-admin rescue",
        "veza set-role mallory",
    } <= told


def test_the_site_moves_to_another_domain(operator: Operator) -> None:
    assert operator.run("The domain changes") == "Sitemap: https://new.example/sitemap.xml\n"
    site = (operator.folder / "nginx/veza.conf").read_text()
    assert site.count("server_name new.example;") == 2
    assert "veza.example" not in site


def test_all_secrets_are_drawn_again(operator: Operator) -> None:
    server = operator.server
    signed_in = _sign_in(server, "ada", ADMIN_PASSWORD).json()["data"]
    with calling(server, signed_in["access_token"]) as client:
        secret = client.post("users/me/factors/totp").json()["data"]["totp_secret"]
        client.post("users/me/factors/totp/confirm", json={"code": current_code(secret)})
        key = client.get("live/streams/me/key").json()["data"]
    before = json.loads((server.data_dir / "secrets.json").read_text())
    operator.type("veza backup /backup/before\nveza audit sign")

    told = operator.run("Secrets have to change")

    assert "1 secrets of authenticator apps were encrypted with a new key" in told
    assert re.search(r"^[1-9]\d* events in [1-9]\d* signatures were verified", told, re.MULTILINE)
    after = json.loads((server.data_dir / "secrets.json").read_text())
    assert all(after[name] != before[name] for name in before)
    assert after["sealing"].startswith(f"{before['sealing']} ")
    former = server.data_dir / "former-secrets"
    assert (former.read_text(), former.stat().st_mode & 0o777) == (f"{before['master']}\n", 0o600)
    assert _refuses(server, signed_in["access_token"])
    with calling(server) as client:
        form = {"refresh_token": signed_in["refresh_token"]}
        refreshed = client.post("auth/refresh", json=form).json()["data"]
    with calling(server, refreshed["access_token"]) as client:
        assert client.get("live/streams/me/key").json()["data"] == key
    # The app is still the second factor; without it, the next chapters need no code.
    assert "challenge" in _sign_in(server, "ada", ADMIN_PASSWORD).text
    operator.type("veza remove-factors ada")
    refused = operator.type("veza backup /backup/before 2>&1 || true")
    assert "There are backups of another server" in refused
    assert "is complete" in operator.type("veza backup /backup/after")
    # A backup with the former secrets is a server again.
    with prepared() as restored:
        command = [*restored.command()[:3], "restore", str(operator.folder / "backup/before")]
        subprocess.run(command, env=restored.environment(), check=True, capture_output=True)


def test_a_member_is_erased_on_request(operator: Operator) -> None:
    token = sign_up(operator.server, "hopper")
    told = operator.run("Erase on request")

    assert '"reason":"On request, letter of 1 March."' in told
    assert told.rstrip().endswith(" 0\n(1 row)")
    assert _refuses(operator.server, token)


def test_a_server_moves_to_another_machine(operator: Operator) -> None:
    server = operator.server
    token = sign_up(server, "traveller")
    with calling(server, token) as client:
        file = client.post("cloud/files", files={"file": ("a.txt", b"all of it")}).json()["data"]

    told = operator.run("To another machine")

    assert "The storage is right." in told
    assert "FAIL" not in told
    assert told.rstrip().endswith("Maintenance is off.")
    shutil.rmtree(server.data_dir.with_name("data.old"))
    with calling(server, token) as client:
        assert client.get(f"cloud/files/{file['id']}/download").content == b"all of it"


def test_a_wave_of_spam_is_stopped_and_cleaned_up(operator: Operator) -> None:
    server = operator.server
    tokens = []
    for number in range(3):
        with calling(server) as client:
            form = {"username": f"spam{number}", "email": f"s{number}@trash.example"}
            answer = client.post("auth/register", json=form | {"password": PASSWORD})
            tokens.append(answer.json()["data"]["access_token"])

    told = operator.run("A wave of spam")

    assert re.search(r"trash\.example *\| *3", told)
    assert "}3\n{" in told, "The preview counts them."
    assert '"applied":3' in told
    assert all(_refuses(server, token) for token in tokens)
    assert _sign_in(server, "ada", ADMIN_PASSWORD).is_success
    with calling(server) as client:
        form = {"username": "late", "email": "late@trash.example", "password": PASSWORD}
        assert not client.post("auth/register", json=form).is_success
    operator.type('call admin/sign-up -X PUT -d \'{"mode": "open"}\'')


def test_mail_that_does_not_arrive_is_explained(operator: Operator) -> None:
    told = operator.run("Mail does not arrive")

    assert "set VEZA_SMTP_URL to send it" in told
    assert "mail_written" in told


def test_logs_are_written_and_cut_without_systemd(operator: Operator) -> None:
    assert "No errors." in operator.run("Logs without systemd")

    old, new = (operator.folder / "var/log" / name for name in ("veza.log.1", "veza.log"))
    assert '"event":"serving"' in old.read_text()
    # What was written after the cut begins the file: nothing before it is filled with zeros.
    assert not new.read_bytes().startswith(b"\0")
    assert not operator.server.has_ended
