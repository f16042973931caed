"""nginx in front of the nodes: the site of `deploy/nginx.conf`, with other ports and no TLS."""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.program import Program
from tests.cluster.valkey import is_open
from tests.journeys.served import until

START_S = 20
_SITE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
_AROUND = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 2048; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


class Nginx:
    """One nginx that shares requests out among nodes."""

    def __init__(self, folder: Path, port: int, nodes: Sequence[int]) -> None:
        self.port = port
        self._nodes = nodes
        self._folder = folder / "nginx"
        self._folder.mkdir()
        path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert path is not None, "nginx is missing: apt-get install nginx"
        command = [path, "-p", str(self._folder), "-c", str(self._folder / "nginx.conf")]
        self.program = Program("nginx", [*command, "-e", "stderr"], self._folder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        site = _make_site(_SITE.read_text(), self.port, self._nodes)
        text = _AROUND.format(folder=self._folder, site=site)
        (self._folder / "nginx.conf").write_text(text)
        self.program.start()
        until(lambda: is_open(self.port), START_S, self.program.log)


def _make_site(text: str, port: int, nodes: Sequence[int]) -> str:
    """Return the site for a port and nodes of this machine: all else is as it is deployed."""
    servers = "\n".join(f"    server 127.0.0.1:{node} fail_timeout=2s;" for node in nodes)
    text = _replace(text, r"    server 127\.0\.0\.1:8080;", servers)
    # The server of port 80, which redirects to TLS.
    text = _replace(text, r"(?ms)^server \{\n    listen 80;.*?^\}\n", "")
    text = _replace(text, r"    listen 443 ssl;", f"    listen 127.0.0.1:{port};")
    text = _replace(text, r"    listen \[::\]:443 ssl;\n", "")
    text = _replace(text, r"    http2 on;\n", "")
    text = re.sub(r"(?m)^    ssl_.*\n", "", text)
    text = re.sub(r"(?m)^    access_log .*$", "    access_log off;", text)
    # The load comes from one address.
    return _replace(text, r"    limit_conn veza_connections 100;\n", "")


def _replace(text: str, pattern: str, by: str) -> str:
    changed, count = re.subn(pattern, lambda _: by, text)
    assert count == 1, f"deploy/nginx.conf has {pattern!r} {count} times"
    return changed
