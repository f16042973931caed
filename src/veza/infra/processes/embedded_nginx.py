"""nginx with its RTMP module as a child of ours: takes in what encoders send, makes HLS of it.

What comes in is called by a secret, and goes out by a name that everybody may know. The module
makes folders and lines of its log of names, so there are two applications: the first asks where to
send a stream on to and writes nothing, the second gets it under its other name and writes.
"""

import asyncio
import os
import re
import signal
import socket
from contextlib import suppress
from pathlib import Path
from string import Template
from urllib.parse import quote

from msgspec import Struct

from veza.core.errors import CannotStart
from veza.infra.processes.embedded import (
    Engine,
    ProcessLaunch,
    UnixUser,
    choose_user,
    make_folder,
    open_log,
    spawn,
)

# Where what was let in is passed on to: on Linux all of 127.0.0.0/8 is this machine.
INNER_HOST = "127.0.0.2"
_HIGH_PORT = 50_000
MODULE = "ngx_rtmp_module.so"
# Where distributions keep it, for a machine that isn't this one.
USUAL_MODULE = Path("/usr/lib/nginx/modules") / MODULE
# Ordinary users have these not on their path.
FURTHER_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
START_PATIENCE_S = 20.0
ASK_PATIENCE_S = 20.0
POLL_S = 0.01
STOP_SIGNALS = ((signal.SIGTERM, 5.0),)

# All its files are in its working directory. Before it has read where to log, it says it here too.
_OPTIONS = ("-p", "./", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;")

_CONFIG = Template("""\
# Made by `veza live config`, and at each start of `veza serve --with-live`: see docs/live.md.
load_module "$module";

# Streams live in one process, and one is plenty: nothing is encoded here.
worker_processes 1;
pid "$folder/nginx.pid";

# At any lower level the module tells what streams are called, and the first name is a secret.
error_log stderr crit;

events {
    # A stream takes four: in, on to the other application, in there, and what asks about it, which
    # takes two more while it waits for an answer.
    worker_connections 4096;
}

http {
    access_log off;
    # Nothing that is asked is so long that it would get there.
    client_body_temp_path "$folder/tmp";
    proxy_temp_path "$folder/tmp";
    fastcgi_temp_path "$folder/tmp";
    uwsgi_temp_path "$folder/tmp";
    scgi_temp_path "$folder/tmp";

    # All questions go this way, which knows what to say where nobody answers.
    server {
        listen $inner_host:$questions_port;
        client_max_body_size 16k;
        client_body_buffer_size 16k;
        proxy_connect_timeout 2s;
        proxy_read_timeout 5s;
        proxy_redirect off;
        # Which of all nginx asks, so that a connection to one that is gone is taken for lost.
        set $$args "$$args&ingest=$name-$$pid";

        location / {
            proxy_pass "$hooks/";
        }

        # While Veza is started again nobody comes in, but who is on air may go on.
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

        # Encoders send here, each to its key. Nothing of it is written, and nobody listens.
        application live {
            live on;
            deny play all;

            # Refused unless the answer is 2xx or 3xx, at the start and every two seconds after it.
            on_publish "$questions/publish?secret=$secret";
            on_update "$questions/update?secret=$secret";
            on_publish_done "$questions/done?secret=$secret";
            notify_update_timeout 2s;

            # Where the answer leads to another address, all is sent on there, and is called here by
            # a digest of that from then on.
            notify_relay_redirect on;

            # Who has lost the line can't say so: without this the place would be taken for minutes.
            drop_idle_publisher 5s;
        }
    }

    # What was let in comes here, called by its public id. This is an address for ourselves alone:
    # not even who reaches the other one from this machine, such as a proxy, gets at it by chance.
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
            # Where there are pictures it takes a key frame as well.
            hls_fragment 1s;
            # Named by the clock, so that no name ever comes again: they may be kept for ever.
            hls_fragment_naming system;
            # Longer than an encoder may be away: who comes back goes on in the same list.
            hls_playlist_length 60s;
            hls_continuous on;
            hls_cleanup on;
        }
    }
}
""")


class Ingest(Struct, frozen=True, kw_only=True):
    """Where to listen, whom to ask about what comes in (`http://…`), and what shows who asks.

    The name is never that of another one, nor of an earlier one.
    """

    port: int
    hooks: str
    secret: str
    name: str
    has_ipv6: bool = True


class Nginx(Struct, frozen=True):
    """An nginx that has the RTMP module."""

    path: Path
    module: Path
    version: str


def write_config(ingest: Ingest, module: Path, folder: str) -> str:
    """Write the configuration of an nginx that keeps its files in that folder."""
    return _CONFIG.substitute(
        module=_escape(str(module)),
        folder=_escape(folder),
        port=ingest.port,
        inner_host=INNER_HOST,
        questions_port=_questions_port(ingest.port),
        questions=f"http://{INNER_HOST}:{_questions_port(ingest.port)}",
        name=ingest.name,
        listen="\n        ".join(_list_listens(ingest)),
        hooks=_escape(ingest.hooks),
        secret=quote(ingest.secret, safe=""),
    )


def inner_url(port: int, name: str) -> str:
    """Tell where to pass on what comes in, under the name by which it may go out."""
    return f"rtmp://{INNER_HOST}:{port}/play/{name}"


def _questions_port(port: int) -> int:
    """Tell by which port questions go: none that a second server would have for encoders."""
    return port + 10_000 if port < _HIGH_PORT else port - 10_000


def _list_listens(ingest: Ingest) -> list[str]:
    listens = [f"listen {ingest.port};"]
    if ingest.has_ipv6:
        listens.append(f"listen [::]:{ingest.port} ipv6only=on;")
    return listens


def has_ipv6() -> bool:
    """Tell whether this machine has addresses of IPv6; where not, nobody may listen there."""
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::", 0))
        return True
    return False


def _escape(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text)


async def find_nginx() -> Nginx | None:
    """Find an nginx with the RTMP module on this machine."""
    for folder in dict.fromkeys((*os.get_exec_path(), *FURTHER_FOLDERS)):
        path = Path(folder) / "nginx"
        if os.access(path, os.X_OK):
            words = await _ask_how_made(path)
            version = re.search(r"nginx/(\S+)", words)
            modules = re.search(r"--modules-path=(\S+)", words)
            if version and modules and _has_module(Path(modules[1])):
                return Nginx(path, Path(modules[1]) / MODULE, version[1])
    return None


def _has_module(folder: Path) -> bool:
    return (folder / MODULE).is_file()


async def _ask_how_made(path: Path) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            str(path), "-V", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(ASK_PATIENCE_S):
            _, words = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return words.decode(errors="replace")


async def start_nginx(home: Path, nginx: Nginx, ingest: Ingest) -> Engine:
    """Start a server that takes in streams, and keeps all its files in `home`.

    Call it from the main thread: the server ends with the thread that started it. One start at a
    time on one folder: whoever calls holds a lock on the data.
    """
    account = choose_user(home, home.parent)
    make_folder(home, 0o700, account)
    _end_leftovers(home)
    # Whatever appears under this name from now on is our child's.
    (home / "nginx.pid").unlink(missing_ok=True)
    _keep(home / "nginx.conf", write_config(ingest, nginx.module, "."), account)
    log = open_log(home / "nginx.log")
    launch = ProcessLaunch(
        command=(str(nginx.path), *_OPTIONS),
        folder=home,
        account=account,
        log=log,
        # Its helpers die with it where it is asked to end, but not where it is killed.
        death_signal=signal.SIGTERM,
    )
    engine = Engine(await spawn(launch, asyncio.subprocess.DEVNULL), STOP_SIGNALS)
    if not await _becomes_ready(engine, home / "nginx.pid"):
        raise CannotStart(
            f"nginx did not start (exit code {engine.exit_code}). "
            f"The last lines of {log.path}:\n{log.tail()}"
        )
    return engine


def _end_leftovers(home: Path) -> None:
    """End what one that was killed has left behind: its helpers hold the port, and go on.

    They work in this folder, and so does nobody else: whoever calls holds the lock on the data.
    """
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_nginx = (place / "comm").read_text() == "nginx\n"
            if is_nginx and (place / "cwd").samefile(home):
                os.kill(int(place.name), signal.SIGKILL)


def _keep(path: Path, config: str, account: UnixUser | None) -> None:
    """Write the configuration for the child's eyes alone: it holds a secret."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(config)
        if account is not None:
            os.fchown(handle, account.uid, account.gid)


async def _becomes_ready(engine: Engine, told: Path) -> bool:
    """Wait until it listens, which it tells in a file; False where it ends, or takes too long."""
    try:
        async with asyncio.timeout(START_PATIENCE_S):
            while engine.exit_code is None:
                if _read(told).strip() == str(engine.pid):
                    return True
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        await engine.stop()
    except BaseException:
        await engine.stop()
        raise
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
