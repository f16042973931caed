"""The embedded engines as children: whom they run as, what kills them, and where they live."""

import asyncio
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import asyncpg
import pytest
from valkey.asyncio import Valkey
from valkey.exceptions import ConnectionError as Refused

from tests.infra.engines import (
    APP,
    CACHE,
    IS_ROOT,
    OWNER,
    connected,
    copy_wheel,
    environment_and_arguments_of,
    make_data,
    only_as_root,
    only_on_linux,
    parent,
    processes_in,
    program_of,
    running,
    start,
    until_empty,
    user_of,
)
from veza.core.errors import CannotStart
from veza.infra.processes import embedded, embedded_cluster, embedded_valkey, programs
from veza.infra.processes.embedded import make_folder, open_log
from veza.infra.processes.embedded_postgres import app_url, owner_url
from veza.infra.processes.embedded_valkey import start_valkey, valkey_url

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return await make_data(tmp_path_factory.mktemp("engines"))


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that all may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="veza-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def test_only_the_servers_user_and_root_reach_the_data(folder: Path) -> None:
    async with running(folder) as engine:
        for name in ("cluster", "run"):
            assert (folder / "postgres" / name).stat().st_mode & 0o777 == 0o700
        assert (folder / "postgres.log").stat().st_mode & 0o777 == 0o600
        if IS_ROOT:
            assert user_of(engine) == pwd.getpwnam("nobody").pw_uid


@only_on_linux
async def test_a_child_gets_no_secret_from_our_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEZA_SECRET", "hush")
    async with running(folder) as engine:
        seen = environment_and_arguments_of(engine)
    assert b"hush" not in seen
    assert OWNER not in (folder / "postgres.log").read_text()


@only_on_linux
async def test_nothing_outlives_a_killed_parent(folder: Path) -> None:
    async with parent(folder, "serve") as output:
        assert await asyncio.wait_for(output.readline(), 20) == b"started\n"
        connection = await asyncpg.connect(owner_url(folder, OWNER), timeout=10)
        await connection.execute("insert into kept values ('orphan')")
        assert len(processes_in(folder)) > 2
    await until_empty(folder, limit_s=20)
    connection.terminate()
    async with running(folder), connected(app_url(folder, APP)) as another:
        assert await another.fetchval("select count(*) from kept where word = 'orphan'") == 1


@only_on_linux
async def test_a_start_right_after_the_parents_death_waits_for_the_old_server(folder: Path) -> None:
    async with parent(folder, "serve") as output:
        assert await asyncio.wait_for(output.readline(), 20) == b"started\n"
    async with running(folder), connected(app_url(folder, APP)) as connection:
        assert await connection.fetchval("select count(*) from kept where word = 'first'") == 1


@only_on_linux
async def test_a_first_start_that_was_killed_half_way_begins_again(tmp_path: Path) -> None:
    home = tmp_path / "postgres"
    async with parent(tmp_path, "serve"):
        give_up_at = monotonic() + 20
        while not list(home.glob("new-*/base/1")):
            assert monotonic() < give_up_at
            await asyncio.sleep(0.005)
    assert not (home / "cluster").exists()
    async with running(tmp_path), connected(owner_url(tmp_path, OWNER)) as connection:
        await connection.execute("create table fine ()")
    assert sorted(path.name for path in home.iterdir()) == ["cluster", "run"]


async def test_a_long_path_with_odd_characters_works(
    tmp_path: Path, public_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "SOCKET_LINKS", public_folder / "links")
    folder = tmp_path / ("long, %40 ü " * 8) / "data"
    valkey = await start_valkey(folder, password=CACHE)
    try:
        async with running(folder):
            for url in (owner_url(folder, OWNER), app_url(folder, APP)):
                async with connected(url):
                    pass
            async with Valkey.from_url(valkey_url(folder, CACHE)) as client:
                assert await client.ping()
    finally:
        await valkey.stop()


def test_a_link_folder_that_others_may_write_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "links"
    links.mkdir()
    links.chmod(0o777)
    monkeypatch.setattr(embedded, "SOCKET_LINKS", links)
    with pytest.raises(CannotStart, match="0700"):
        owner_url(tmp_path / ("long" * 40), OWNER)


@only_as_root
async def test_a_plain_user_needs_nothing_of_root(public_folder: Path) -> None:
    user = pwd.getpwnam("daemon")
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    try:
        async with parent(public_folder, "none", **identity):
            pass
    except PermissionError:
        pytest.skip("an ordinary user can't run this Python")
    os.chown(public_folder, user.pw_uid, user.pw_gid)
    async with parent(public_folder, "restart", **identity) as output:
        assert await asyncio.wait_for(output.read(), 30) == b"started\n"
    assert (public_folder / "postgres" / "cluster").stat().st_uid == user.pw_uid
    # And root, later, leaves it the user's.
    async with running(public_folder) as engine:
        assert user_of(engine) == user.pw_uid
    assert (public_folder / "postgres.log").stat().st_uid == user.pw_uid
    async with parent(public_folder, "restart", **identity) as output:
        assert await asyncio.wait_for(output.read(), 30) == b"started\n"


@pytest.fixture
def private_wheels(
    tmp_path: Path, public_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """An environment that only root may enter or read, as a clone in /root has."""
    folder = tmp_path / "environment"
    folder.mkdir(mode=0o700)
    for wheel in (embedded_cluster.WHEEL, embedded_valkey.WHEEL):
        copy_wheel(wheel, folder)
    monkeypatch.setattr(programs, "_package_folder", lambda wheel: folder / wheel.package)
    monkeypatch.setattr(programs, "SHARED_PROGRAMS", public_folder / "programs")
    old_umask = os.umask(0o077)
    yield folder
    os.umask(old_umask)
    assert folder.stat().st_mode & 0o777 == 0o700


@only_as_root
async def test_root_may_keep_data_and_environment_where_nobody_enters(
    folder: Path, private_wheels: Path, public_folder: Path
) -> None:
    for _ in range(2):
        valkey = await start_valkey(folder, password=CACHE)
        async with running(folder) as postgres, connected(app_url(folder, APP)) as connection:
            for engine in (postgres, valkey):
                assert program_of(engine).is_relative_to(public_folder / "programs")
                assert user_of(engine) == pwd.getpwnam("nobody").pw_uid
            assert await connection.fetchval("select count(*) from kept") > 0
            await valkey.stop()


@only_as_root
async def test_what_to_do_is_said_where_no_program_can_be_reached(
    folder: Path, private_wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "SHARED_PROGRAMS", private_wheels / "programs")
    monkeypatch.setattr(embedded_cluster, "_installed", list)
    with pytest.raises(CannotStart, match=r"VEZA_DATABASE_URL.* user nobody"):
        await start(folder)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match=str(tmp_path / "file")):
        make_folder(tmp_path / "file" / "below", 0o700)


def test_a_link_leads_root_nowhere(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(CannotStart):
        make_folder(tmp_path / "link", 0o700)
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o755


def test_a_large_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "LOG_LIMIT_BYTES", 10)
    path = tmp_path / "some.log"
    path.write_text("short\n")
    log = open_log(path)
    path.write_text(path.read_text() + "a line of this start\n")
    assert log.tail() == "a line of this start"
    assert open_log(path).tail() == ""
    assert (tmp_path / "some.log.1").read_text().startswith("short")


async def test_valkey_answers_to_the_password_only_and_forgets(tmp_path: Path) -> None:
    for _ in range(2):
        engine = await start_valkey(tmp_path, password=CACHE)
        try:
            async with Valkey.from_url(valkey_url(tmp_path, CACHE)) as client:
                assert await client.get("key") is None
                await client.set("key", "value")
            wrong = valkey_url(tmp_path, CACHE).replace(quote(CACHE, safe=""), "wrong")
            async with Valkey.from_url(wrong) as client:
                with pytest.raises(Refused, match="invalid username-password"):
                    await client.get("key")
        finally:
            await engine.stop()
        assert engine.exit_code == 0
        assert not list((tmp_path / "valkey").iterdir())


async def test_valkey_starts_after_it_was_killed(tmp_path: Path) -> None:
    engine = await start_valkey(tmp_path, password=CACHE)
    os.kill(engine.pid, signal.SIGKILL)
    assert await engine.wait() == -signal.SIGKILL
    engine = await start_valkey(tmp_path, password=CACHE)
    async with Valkey.from_url(valkey_url(tmp_path, CACHE)) as client:
        assert await client.ping()
    await engine.stop()
