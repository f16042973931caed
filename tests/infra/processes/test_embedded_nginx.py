"""nginx as a child: whom it lets in, what it makes of that, and that it tells nobody a key."""

import asyncio
import os
import pwd
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.encoders import encoding, listen, needs_nginx
from tests.infra.engines import IS_ROOT, SOURCES, processes_in, until_empty, user_of
from tests.infra.ingest_callbacks import SILENT, Doorman, standing_by
from tests.infra.waiting import until
from tests.journeys.served import free_port, named_in
from veza.core.errors import CannotStart
from veza.infra.processes.embedded import Engine
from veza.infra.processes.embedded_nginx import (
    Ingest,
    Nginx,
    find_nginx,
    has_ipv6,
    inner_url,
    start_nginx,
)

KEY = "live_top-secret"
NAME = "the-public-name"
# What configuration files, URLs and shells would all like to interpret.
SECRET = "o'w\\n ;{}$host:@/%é\"#"


pytestmark = [needs_nginx, pytest.mark.long]


@pytest.fixture(scope="module")
async def nginx() -> Nginx:
    found = await find_nginx()
    assert found is not None
    return found


@pytest.fixture
def doorman() -> Iterator[Doorman]:
    with standing_by() as standing:
        yield standing


@pytest.fixture
def ingest(doorman: Doorman) -> Ingest:
    port = free_port()
    doorman.names[KEY] = inner_url(port, NAME)
    return Ingest(port=port, hooks=doorman.url, secret=SECRET, name="n", has_ipv6=has_ipv6())


@pytest.fixture
async def home(tmp_path: Path, nginx: Nginx, ingest: Ingest) -> AsyncIterator[Path]:
    """Where one keeps its files that runs."""
    folder = tmp_path / "li ve$\"'\\;{}é"
    async with running(folder, nginx, ingest):
        yield folder


@asynccontextmanager
async def running(folder: Path, nginx: Nginx, ingest: Ingest) -> AsyncIterator[Engine]:
    engine = await start_nginx(folder, nginx, ingest)
    try:
        yield engine
    finally:
        await engine.stop()


def address(ingest: Ingest, place: str) -> str:
    return f"rtmp://127.0.0.1:{ingest.port}/{place}"


def playlist(home: Path) -> str:
    path = home / "hls" / NAME / "index.m3u8"
    # Its lines end as RFC 8216 lets them, in two ways.
    return path.read_text().replace("\r", "") if path.exists() else ""


def has_segments(home: Path, count: int) -> Callable[[], bool]:
    return lambda: len(named_in(playlist(home))) >= count


@pytest.mark.parametrize("has_pictures", [True, False], ids=["pictures", "sound alone"])
async def test_what_comes_in_by_a_key_goes_out_by_the_name_that_the_answer_gives(
    home: Path, tmp_path: Path, ingest: Ingest, doorman: Doorman, *, has_pictures: bool
) -> None:
    with encoding(address(ingest, f"live/{KEY}"), has_pictures=has_pictures) as encoder:
        await until(has_segments(home, 2))
        encoder.stop()
    await until(lambda: doorman.asked("/done", KEY) == 1)

    parts = [home / "hls" / NAME / name for name, _ in named_in(playlist(home))]
    whole = tmp_path / "whole.ts"
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    heard = listen(str(whole))
    assert (heard.returncode, heard.stderr) == (0, b"")
    assert doorman.asked("/publish", KEY) == 1
    assert doorman.asked("/update", KEY) >= 1
    assert {question.secret for question in doorman.questions} == {SECRET}
    [name] = {question.ingest for question in doorman.questions}
    assert name in {f"n-{pid}" for pid in processes_in(home)}
    written = [str(path.relative_to(home)) for path in home.rglob("*")]
    written += [path.read_text(errors="replace") for path in home.glob("*.log")]
    assert [words for words in written if KEY in words] == []


async def test_a_key_that_nobody_has_is_refused_and_leaves_nothing(
    home: Path, ingest: Ingest, doorman: Doorman
) -> None:
    with encoding(address(ingest, "live/no-key")) as encoder:
        await until(lambda: encoder.has_ended)
        assert encoder.complaints()

    assert doorman.asked("/publish", "no-key") == 1
    assert list((home / "hls").iterdir()) == []


async def test_who_is_not_wanted_any_more_is_cut_off(
    home: Path, ingest: Ingest, doorman: Doorman
) -> None:
    with encoding(address(ingest, f"live/{KEY}")) as encoder:
        await until(has_segments(home, 1))
        del doorman.names[KEY]
        await until(lambda: encoder.has_ended)

    await until(lambda: doorman.asked("/done", KEY) == 1)


async def test_while_nobody_can_tell_who_is_on_air_goes_on(
    home: Path, ingest: Ingest, doorman: Doorman
) -> None:
    with encoding(address(ingest, f"live/{KEY}")) as encoder:
        await until(has_segments(home, 1))
        for status, count in ((SILENT, 1), (503, 2), (403, 3)):
            doorman.status = status
            # That it asks again shows that it wasn't cut off before.
            await until(lambda count=count: doorman.asked("/update", KEY) == count)
        await until(lambda: encoder.has_ended)
    assert doorman.asked("/publish", KEY) == 1


@pytest.mark.parametrize("status", [SILENT, 503])
async def test_where_nobody_can_tell_nobody_comes_in(
    home: Path, ingest: Ingest, doorman: Doorman, status: int
) -> None:
    doorman.status = status
    with encoding(address(ingest, f"live/{KEY}")) as encoder:
        await until(lambda: encoder.has_ended)

    assert list((home / "hls").iterdir()) == []


async def test_who_comes_back_goes_on_in_the_same_list(home: Path, ingest: Ingest) -> None:
    with encoding(address(ingest, f"live/{KEY}")) as encoder:
        await until(has_segments(home, 2))
        encoder.kill()
    before = named_in(playlist(home))
    with encoding(address(ingest, f"live/{KEY}")):
        await until(has_segments(home, len(before) + 2))
    after = playlist(home)

    assert [name for name, _ in named_in(after)][:2] == [name for name, _ in before][:2]
    assert "#EXT-X-DISCONTINUITY\n" in after


async def test_a_second_encoder_does_not_get_between_the_first_and_its_listeners(
    home: Path, ingest: Ingest, doorman: Doorman
) -> None:
    """Even where the answer is yes to both: which of them would be heard?"""
    with encoding(address(ingest, f"live/{KEY}")) as first:
        await until(has_segments(home, 1))
        with encoding(address(ingest, f"live/{KEY}")) as second:
            await until(lambda: second.has_ended)
        await until(has_segments(home, 3))
        assert not first.has_ended

    assert doorman.asked("/publish", KEY) == 2


async def test_nobody_listens_or_publishes_past_the_door(home: Path, ingest: Ingest) -> None:
    with encoding(address(ingest, f"live/{KEY}")):
        await until(has_segments(home, 1))
        for url in (address(ingest, f"live/{KEY}"), inner_url(ingest.port, NAME)):
            assert listen(url).returncode != 0

    # Who comes from outside, by a proxy on this machine too, comes in at this address.
    with encoding(address(ingest, "play/other")) as stranger:
        await until(lambda: stranger.has_ended)
    assert [path.name for path in (home / "hls").iterdir()] == [NAME]


async def test_who_falls_silent_makes_room_for_themselves(
    home: Path, ingest: Ingest, doorman: Doorman
) -> None:
    with encoding(address(ingest, f"live/{KEY}")) as lost:
        await until(has_segments(home, 1))
        lost.freeze()
        await until(lambda: doorman.asked("/done", KEY) == 1)
        with encoding(address(ingest, f"live/{KEY}")):
            await until(has_segments(home, 3))


async def test_its_configuration_is_for_its_own_eyes(
    tmp_path: Path, nginx: Nginx, ingest: Ingest
) -> None:
    async with running(tmp_path / "live", nginx, ingest) as engine:
        config = (tmp_path / "live" / "nginx.conf").stat()
        assert config.st_mode & 0o777 == 0o600
        assert (tmp_path / "live").stat().st_mode & 0o777 == 0o700
        if IS_ROOT:
            nobody = pwd.getpwnam("nobody").pw_uid
            assert user_of(engine) == config.st_uid == nobody
    assert processes_in(tmp_path) == []


async def test_one_that_was_killed_leaves_nobody_behind_that_holds_the_port(
    tmp_path: Path, nginx: Nginx, ingest: Ingest
) -> None:
    home = tmp_path / "live"
    async with running(home, nginx, ingest) as killed:
        others = set(processes_in(home)) - {killed.pid}
        assert others
        os.kill(killed.pid, signal.SIGKILL)
        await killed.wait()
        # Some may notice that the first one is gone.
        left = set(processes_in(home))
        async with running(home, nginx, ingest):
            assert left.isdisjoint(processes_in(home))
            with encoding(address(ingest, f"live/{KEY}")):
                await until(has_segments(home, 1))
    assert processes_in(home) == []


async def test_a_port_that_somebody_has_is_told(
    tmp_path: Path, nginx: Nginx, ingest: Ingest
) -> None:
    taken = socket.create_server(("", ingest.port))
    with taken, pytest.raises(CannotStart, match="Address already in use"):
        await start_nginx(tmp_path / "live", nginx, ingest)
    assert processes_in(tmp_path) == []


PARENT = """
import asyncio, sys
from pathlib import Path
from veza.infra.processes.embedded_nginx import Ingest, find_nginx, start_nginx

async def main():
    port = int(sys.argv[2])
    hooks = "http://127.0.0.1:9"
    ingest = Ingest(port=port, hooks=hooks, secret="secret", name="n", has_ipv6=False)
    engine = await start_nginx(Path(sys.argv[1]), await find_nginx(), ingest)
    print("started", flush=True)
    await engine.wait()

asyncio.run(main())
"""


async def test_nothing_outlives_a_killed_parent(tmp_path: Path, ingest: Ingest) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(tmp_path / "live"), str(ingest.port)),
        stdout=asyncio.subprocess.PIPE,
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 20) == b"started\n"
        assert len(processes_in(tmp_path)) > 1
    finally:
        process.kill()
        await process.wait()
    await until_empty(tmp_path, limit_s=20)
