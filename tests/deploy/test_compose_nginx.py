"""`deploy/container/nginx.sh`: nginx of Compose, which reads certificates that are renewed."""

import os
import re
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.deploy.manifests import CONTAINER, read_yaml
from tests.journeys.served import free_port, until

SERVICE = read_yaml(CONTAINER / "compose.yaml")[0]["services"]["nginx"]
DOMAIN = "music.example"
_AROUND = """
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/conf.d/*.conf;
}}
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The script with the folders of this test in place of those of the container."""
    (tmp_path / "conf.d").mkdir()
    text = (CONTAINER / "nginx.sh").read_text()
    for there, here in {
        "/etc/veza/nginx.conf": (CONTAINER / "../nginx.conf").resolve(),
        "/etc/nginx/conf.d": tmp_path / "conf.d",
        "/etc/letsencrypt": tmp_path,
    }.items():
        assert there in text
        text = text.replace(there, str(here))
    path = tmp_path / "nginx.sh"
    path.write_text(text)
    return path


def test_the_script_is_mounted_and_run() -> None:
    assert SERVICE["command"] == ["sh", "/etc/veza/nginx.sh"]
    assert "./nginx.sh:/etc/veza/nginx.sh:ro" in SERVICE["volumes"]


def test_nginx_gets_the_domain_and_the_address_of_veza(script: Path, tmp_path: Path) -> None:
    edit = script.read_text().partition("certificate=")[0]
    subprocess.run(["sh", "-c", edit], env={"VEZA_DOMAIN": DOMAIN}, check=True)
    made = (tmp_path / "conf.d/veza.conf").read_text()

    assert "server veza:8080;" in made
    assert made.count(f"server_name {DOMAIN};") == 2
    assert "veza.example" not in made
    assert "127.0.0.1:8080" not in made
    # Its files would be in memory.
    assert "/var/log" not in made
    listening = set(re.findall(r"listen (\d+)", made))
    assert {port.partition(":")[2] for port in SERVICE["ports"]} == listening


@pytest.fixture
def port(script: Path, tmp_path: Path) -> Iterator[int]:
    """The port at which the script serves, with a look at the certificate ten times a second."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed.")
    port = free_port()
    # A site that needs no privileged port, no IPv6, and no server behind it.
    site = f"""
        server {{
            listen 127.0.0.1:{port} ssl;
            ssl_certificate {tmp_path}/live/{DOMAIN}/fullchain.pem;
            ssl_certificate_key {tmp_path}/live/{DOMAIN}/privkey.pem;
        }}
    """
    (tmp_path / "site").write_text(site)
    text = re.sub(
        r"(?s)\nsed .*?\n\n",
        f"\ncp {tmp_path}/site {tmp_path}/conf.d/a.conf\n\n",
        script.read_text(),
    )
    script.write_text(text)
    (tmp_path / "nginx.conf").write_text(_AROUND.format(folder=tmp_path))
    shim = tmp_path / "nginx"
    shim.write_text(f'#!/bin/sh\nexec {nginx} -e stderr -c {tmp_path}/nginx.conf "$@"\n')
    shim.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "VEZA_DOMAIN": DOMAIN,
        "RELOAD_SECONDS": "0.1",
    }
    _issue(tmp_path, "first")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", script], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def test_a_renewed_certificate_is_served_without_a_restart(port: int, tmp_path: Path) -> None:
    def complain() -> str:
        return (tmp_path / "log").read_text()

    until(lambda: _find_served(port) == "first", 30, complain)
    master = (tmp_path / "nginx.pid").read_text()
    renewed = _issue(tmp_path / "renewed", "second")
    live = tmp_path / "live" / DOMAIN
    # Before the key that belongs to it is there, nothing changes.
    (renewed / "fullchain.pem").replace(live / "fullchain.pem")
    until(lambda: "key values mismatch" in complain(), 30, complain)
    assert _find_served(port) == "first"
    (renewed / "privkey.pem").replace(live / "privkey.pem")

    until(lambda: _find_served(port) == "second", 30, complain)
    assert (tmp_path / "nginx.pid").read_text() == master


def _find_served(port: int) -> str | None:
    """Return the name in the certificate that is served; None while nobody listens."""
    try:
        pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=10)
    except OSError:
        return None
    found = x509.load_pem_x509_certificate(pem.encode())
    return str(found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def _issue(folder: Path, name: str) -> Path:
    """Write a certificate for a name, and its key; return their folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    live = folder / "live" / DOMAIN
    live.mkdir(parents=True, exist_ok=True)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (live / "privkey.pem").write_bytes(private)
    (live / "fullchain.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    return live
