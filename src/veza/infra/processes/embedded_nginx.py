"""Runs nginx with its RTMP module as a child process, which receives streams and writes HLS.

Encoders use a secret stream key as the name of the stream. The module uses names for folders and in
its log, so there are two applications: the first asks by a callback where to relay a stream and
writes nothing, the second receives it under its public name and writes HLS.
"""

import asyncio
import os
import re
import signal
import socket
from contextlib import suppress
from functools import partial
from pathlib import Path
from string import Template
from urllib.parse import quote

from msgspec import Struct

from veza.infra.processes.embedded import (
    Engine,
    ProcessLaunch,
    UnixUser,
    becomes_ready,
    choose_user,
    make_folder,
    not_started,
    open_log,
    spawn,
)

# The address of the second application; on Linux all of 127.0.0.0/8 is local.
INNER_HOST = "127.0.0.2"
_HIGH_PORT = 50_000
MODULE = "ngx_rtmp_module.so"
# For configurations of other machines.
USUAL_MODULE = Path("/usr/lib/nginx/modules") / MODULE
# These are not in the PATH of ordinary users.
FURTHER_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
NOT_FOUND = (
    "nginx with its RTMP module was not found: on Debian or Ubuntu, `make live-setup` installs "
    "both (the packages nginx and libnginx-mod-rtmp)"
)
START_PATIENCE_S = 20.0
VERSION_TIMEOUT_S = 20.0
STOP_SIGNALS = ((signal.SIGTERM, 5.0),)

# All files are in the working directory. It logs to stderr also before reading the configuration.
_OPTIONS = ("-p", "./", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;")

_CONFIG = Template("""\
# Made by `veza live config`, and at each start of `veza serve --with-live`: see docs/live.md.
load_module "$module";

# All streams must be in one process; nothing is transcoded, so one is enough.
worker_processes 1;
pid "$folder/nginx.pid";

# At lower levels the module logs stream names, which include the secret stream keys.
error_log stderr crit;

events {
    # A stream uses four: in, the relay out and in, and the callback, which uses two more while it
    # waits for a response.
    worker_connections 4096;
}

http {
    access_log off;
    # Not used: requests are small.
    client_body_temp_path "$folder/tmp";
    proxy_temp_path "$folder/tmp";
    fastcgi_temp_path "$folder/tmp";
    uwsgi_temp_path "$folder/tmp";
    scgi_temp_path "$folder/tmp";

    # Callbacks pass through this proxy, which has an answer for when Veza doesn't respond.
    server {
        listen $inner_host:$callback_port;
        client_max_body_size 16k;
        client_body_buffer_size 16k;
        proxy_connect_timeout 2s;
        proxy_read_timeout 5s;
        proxy_redirect off;
        # Identifies this nginx process, so that streams of one that has ended count as lost.
        set $$args "$$args&ingest=$name-$$pid";

        location / {
            proxy_pass "$hooks/";
        }

        # While Veza restarts, no stream can start, but running ones continue.
        location = /update {
            proxy_pass "$hooks/update";
            proxy_intercept_errors on;
            error_page 500 502 503 504 = @later;
        }

        location @later {
            return 204;
        }
    }
}

rtmp {
    access_log off;

    server {
        $listen

        # Encoders publish here, under their stream key. Nothing is written or played.
        application live {
            live on;
            deny play all;

            # Refused unless the response is 2xx or 3xx, at the start and every two seconds.
            on_publish "$callbacks/publish?secret=$secret";
            on_update "$callbacks/update?secret=$secret";
            on_publish_done "$callbacks/done?secret=$secret";
            notify_update_timeout 2s;

            # On a redirect the stream is relayed to that URL, and renamed here to a digest of it.
            notify_relay_redirect on;

            # Otherwise a lost connection would block the stream key for minutes.
            drop_idle_publisher 5s;
        }
    }

    # Accepted streams are relayed here, under their public id. The separate address keeps local
    # clients of the other one, such as a proxy, from reaching this application.
    server {
        listen $inner_host:$port;

        application play {
            live on;
            allow publish 127.0.0.1;
            deny publish all;
            deny play all;

            hls on;
            hls_path "$folder/hls";
            hls_nested on;
            # With video, segments also need a key frame to start.
            hls_fragment 1s;
            # Named by time: names are never reused, so segments can be cached forever.
            hls_fragment_naming system;
            # Longer than an encoder may be disconnected, so that it continues the same playlist.
            hls_playlist_length 60s;
            hls_continuous on;
            hls_cleanup on;
        }
    }
}
""")


class Ingest(Struct, frozen=True, kw_only=True):
    """The port for encoders, the URL of the callbacks, and the secret that authenticates them.

    `name` is unique, also over time.
    """

    port: int
    hooks: str
    secret: str
    name: str
    has_ipv6: bool = True


class Nginx(Struct, frozen=True):
    """An installed nginx that has the RTMP module."""

    path: Path
    module: Path
    version: str


def write_config(ingest: Ingest, module: Path, folder: str) -> str:
    """Return the configuration of an nginx with its files in this folder."""
    return _CONFIG.substitute(
        module=_escape(str(module)),
        folder=_escape(folder),
        port=ingest.port,
        inner_host=INNER_HOST,
        callback_port=_callback_port(ingest.port),
        callbacks=f"http://{INNER_HOST}:{_callback_port(ingest.port)}",
        name=ingest.name,
        listen="\n        ".join(_list_listens(ingest)),
        hooks=_escape(ingest.hooks),
        secret=quote(ingest.secret, safe=""),
    )


def inner_url(port: int, name: str) -> str:
    """Return the URL to relay a stream to, under its public name."""
    return f"rtmp://{INNER_HOST}:{port}/play/{name}"


def _callback_port(port: int) -> int:
    """Return the port of the callback proxy, far from the ports of other servers."""
    return port + 10_000 if port < _HIGH_PORT else port - 10_000


def _list_listens(ingest: Ingest) -> list[str]:
    listens = [f"listen {ingest.port};"]
    if ingest.has_ipv6:
        listens.append(f"listen [::]:{ingest.port} ipv6only=on;")
    return listens


def has_ipv6() -> bool:
    """Return whether this machine supports IPv6."""
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::", 0))
        return True
    return False


def _escape(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text)


async def find_nginx() -> Nginx | None:
    """Return the first nginx with the RTMP module on this machine, or None."""
    for folder in dict.fromkeys((*os.get_exec_path(), *FURTHER_FOLDERS)):
        path = Path(folder) / "nginx"
        if os.access(path, os.X_OK):
            build = await _read_build_options(path)
            version = re.search(r"nginx/(\S+)", build)
            modules = re.search(r"--modules-path=(\S+)", build)
            if version and modules and _has_module(Path(modules[1])):
                return Nginx(path, Path(modules[1]) / MODULE, version[1])
    return None


def _has_module(folder: Path) -> bool:
    return (folder / MODULE).is_file()


async def _read_build_options(path: Path) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            str(path), "-V", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(VERSION_TIMEOUT_S):
            _, output = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return output.decode(errors="replace")


async def start_nginx(home: Path, nginx: Nginx, ingest: Ingest) -> Engine:
    """Start a server with all its files in `home`. Raises CannotStart.

    Call it from the main thread, as the server ends with the thread that started it, and with the
    lock on the data folder.
    """
    account = choose_user(home, home.parent)
    make_folder(home, 0o700, account)
    _end_leftovers(home)
    # From now on this file is the child's.
    (home / "nginx.pid").unlink(missing_ok=True)
    _write_private(home / "nginx.conf", write_config(ingest, nginx.module, "."), account)
    log = open_log(home / "nginx.log")
    launch = ProcessLaunch(
        command=(str(nginx.path), *_OPTIONS),
        folder=home,
        account=account,
        log=log,
        # Its workers end with it on SIGTERM, but not on SIGKILL.
        death_signal=signal.SIGTERM,
    )
    engine = Engine(await spawn(launch, asyncio.subprocess.DEVNULL), STOP_SIGNALS)
    if not await becomes_ready(engine, partial(_has_written_pid, engine, home), START_PATIENCE_S):
        raise not_started("nginx", engine, log)
    return engine


def _end_leftovers(home: Path) -> None:
    """Kill the workers of a killed nginx, which still hold the port, by their working directory."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_nginx = (process / "comm").read_text() == "nginx\n"
            if is_nginx and (process / "cwd").samefile(home):
                os.kill(int(process.name), signal.SIGKILL)


def _write_private(path: Path, config: str, account: UnixUser | None) -> None:
    """Write the configuration, which has a secret, with mode 0600."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(config)
        if account is not None:
            os.fchown(handle, account.uid, account.gid)


async def _has_written_pid(engine: Engine, home: Path) -> bool:
    with suppress(FileNotFoundError):
        return (home / "nginx.pid").read_text().strip() == str(engine.pid)
    return False
