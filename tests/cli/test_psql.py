"""`veza psql`: reads by default, writes if told to, and never as the owner of the schema."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from tests.audited import events_by
from tests.infra.databases import execute
from tests.journeys.served import until
from veza.app.services import Services
from veza.core.audit_record import AuditLog
from veza.infra.postgres.dump import split_password


def _psql(services: Services, *arguments: str, stdin: str = "", **more: str) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VEZA_")}
    run = subprocess.run(
        [sys.executable, "-m", "veza", "psql", *arguments],
        env=kept | {"VEZA_DATA_DIR": str(services.settings.data_dir)} | more,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


@pytest.mark.long
def test_it_reads_with_the_arguments_of_psql(services: Services) -> None:
    sql = "select current_user, current_setting('application_name')"
    assert _psql(services, "-XAt", "-c", sql) == (0, "veza_app|veza psql\n")
    assert _psql(services, "--no-psqlrc", "--csv", stdin="select 1 as a;") == (0, "a\n1\n")
    code, text = _psql(services, "-v", "ON_ERROR_STOP=1", "-c", "select nothing")
    assert code == 1
    assert 'column "nothing" does not exist' in text


@pytest.mark.long
def test_it_changes_nothing_by_default(services: Services) -> None:
    for sql in ("delete from users", "insert into revisions (topic, subject) values ('x', 'y')"):
        code, text = _psql(services, "-c", sql)
        assert code == 1
        assert "in a read-only transaction" in text


@pytest.mark.long
async def test_it_changes_rows_if_told_to_and_that_is_recorded(services: Services) -> None:
    before = len(await events_by(services, action="psql"))
    sql = "update outbox set attempts = 0 where due_at = 'infinity'"
    code, text = _psql(services, "--write", "-c", sql)
    assert code == 0, text
    assert text.startswith("UPDATE ")
    assert _psql(services, "-c", sql, "--write")[0] == 0
    events = await events_by(services, action="psql")
    assert len(events) == before + 2
    assert (events[-1].log, events[-1].resource) == (AuditLog.ADMIN, "veza psql")
    # What protects the data is not up to this role.
    code, text = _psql(services, "--write", "-c", "delete from audit_events")
    assert (code, "permission denied" in text) == (1, True), text


@pytest.mark.long
def test_it_goes_to_the_database_of_the_settings(services: Services) -> None:
    url = services.addresses.migration
    found = _psql(services, "-XAt", "-c", "select current_user", VEZA_DATABASE_URL=url)
    assert found == (0, "veza_owner\n")


@pytest.mark.long
def test_an_interrupt_ends_the_statement_and_not_the_command(services: Services) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VEZA_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "veza", "psql", "-X", "-c", "select pg_sleep(600)"],
        env=kept | {"VEZA_DATA_DIR": str(services.settings.data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        sql = """
            select count(*) from pg_stat_activity
             where application_name = 'veza psql' and state = 'active'
        """
        url = services.addresses.database
        until(lambda: asyncio.run(execute(url, sql)) == [(1,)], 60)
        # As Ctrl-C does: to all processes of the terminal.
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert "canceling statement due to user request" in output
    assert "Traceback" not in output
    # That of psql, and not of an interrupted command.
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://a:b%20c@h/d?host=/x", "postgresql://a@h/d?host=/x", "b c"),
        ("postgresql://a@h:5/d", "postgresql://a@h:5/d", ""),
        ("postgresql://a:b@h1,h2/d", "postgresql://a@h1,h2/d", "b"),
        ("postgresql:///d", "postgresql:///d", ""),
    ],
)
def test_a_password_is_no_argument(url: str, bare: str, password: str) -> None:
    assert split_password(url) == (bare, password)


@pytest.mark.long
@pytest.mark.parametrize("command", [["doctor", "-c"], ["disk", "--jsn"], ["top", "more"]])
def test_other_commands_take_no_further_arguments(command: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "veza", *command], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert f"unrecognized arguments: {command[1]}" in run.stderr
