"""`veza doctor`: says what is wrong, and what to do."""

import hashlib
import os
import resource
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.architecture.source import ROOT
from tests.fakes import hyperswitch, stripe
from tests.fakes.hyperswitch import FakeHyperswitch
from tests.fakes.stripe import FakeStripe
from tests.infra.databases import execute, scratch
from tests.infra.smtp import AUTHORITY, SmtpServer
from tests.seaweed import Seaweed
from veza.app.services import Services
from veza.app.settings.setting_types import Environment, PaymentProviderName, PayoutProviderName
from veza.app.settings.settings import Settings
from veza.cli.doctor import run_checks
from veza.infra.postgres.migrate import read_migrations
from veza.infra.storage.buckets import LifecycleUnreadable
from veza.operations import doctor, machine_checks
from veza.operations.machine_checks import CheckFailed, check_open_files

CHECKS = [
    "Python",
    "settings",
    "data directory",
    "secrets",
    "disk",
    "open files",
    "clock",
    "PostgreSQL",
    "roles",
    "migrations",
    "Valkey",
    "storage",
    "half uploads",
    "mail",
    "payments",
    "payouts",
    "ffmpeg",
    "live streams",
]
_NAMES = [name for name, _ in read_migrations()]
_MIGRATIONS = """
    create table migrations (
        name text primary key, checksum text, applied_at timestamptz, version text
    )
"""


@pytest.fixture(autouse=True)
def sound(services: Services, data_dir: Path, monkeypatch) -> Iterator[None]:
    """A data directory as a server makes it, an environment without settings, and fsync."""
    for name in [name for name in os.environ if name.startswith("VEZA_")]:
        monkeypatch.delenv(name)
    # PostgreSQL runs without it in tests.
    monkeypatch.setattr(doctor, "_ensure_fsync", _skip)
    before = data_dir.stat().st_mode
    data_dir.chmod(0o700)
    yield
    data_dir.chmod(before)


_ensure_fsync = doctor._ensure_fsync


async def _skip(_: Any) -> None:
    """Check nothing."""


async def _examine(settings: Settings, capsys: Any, **changes: Any) -> tuple[bool, dict[str, Any]]:
    """Give the verdict, and for each check its mark and words."""
    # What the tests may open is enough for these.
    settings = msgspec.structs.replace(settings, connections_max=256)
    is_well = await run_checks(msgspec.structs.replace(settings, **changes))
    lines = capsys.readouterr().out.splitlines()
    return is_well, {line[6:21].strip(): (line[:5].strip(), line[22:]) for line in lines}


async def test_all_is_well_on_a_server_that_runs(settings: Settings, capsys) -> None:
    is_well, found = await _examine(settings, capsys)

    assert is_well, found
    assert list(found) == CHECKS
    assert {mark for mark, _ in found.values()} == {"ok"}
    assert all(words for _, words in found.values())
    assert "ffmpeg" in found["ffmpeg"][1]
    assert found["roles"][1].startswith("veza_owner owns")


async def test_a_database_without_fsync_is_found(settings: Settings, capsys, monkeypatch) -> None:
    monkeypatch.setattr(doctor, "_ensure_fsync", _ensure_fsync)

    is_well, found = await _examine(settings, capsys)

    assert not is_well
    assert found["PostgreSQL"][1].startswith("fsync is off")


async def test_a_folder_that_others_may_enter_is_told(
    settings: Settings, data_dir: Path, capsys
) -> None:
    data_dir.chmod(0o755)
    is_well, found = await _examine(settings, capsys)

    assert not is_well
    mark, words = found["data directory"]
    assert mark == "FAIL"
    assert f"chmod 700 {data_dir}" in words
    assert found["PostgreSQL"][0] == "ok", "The other checks go on."


async def test_secrets_that_others_can_read_are_told(
    settings: Settings, data_dir: Path, capsys
) -> None:
    path = data_dir / "secrets.json"
    path.chmod(0o644)
    try:
        is_well, found = await _examine(settings, capsys)
    finally:
        path.chmod(0o600)

    assert not is_well
    assert any("chmod 600" in words for mark, words in found.values() if mark == "FAIL")


async def test_an_unknown_setting_is_told(settings: Settings, capsys, monkeypatch) -> None:
    monkeypatch.setenv("VEZA_DATABSE_URL", "x")
    is_well, found = await _examine(settings, capsys)

    assert not is_well
    assert found["settings"] == (
        "FAIL",
        "VEZA_DATABSE_URL is not a setting. Did you mean VEZA_DATABASE_URL?",
    )


@pytest.mark.parametrize(
    ("changes", "check", "words"),
    [
        ({"database_url": "postgresql://a@127.0.0.1:9/b"}, "PostgreSQL", "VEZA_DATABASE_URL"),
        ({"valkey_url": "redis://127.0.0.1:9/0"}, "Valkey", "VEZA_VALKEY_URL"),
        ({"storage_url": "file:///proc/nowhere"}, "storage", "VEZA_STORAGE_URL"),
        ({"smtp_url": "smtp://127.0.0.1:9"}, "mail", "VEZA_SMTP_URL"),
        ({"ffmpeg": Path("/no/such/program")}, "ffmpeg", "VEZA_FFMPEG"),
        ({"ffmpeg": Path("/dev/null")}, "ffmpeg", "VEZA_FFMPEG"),
        ({"backup_recipients": ["age1" + 58 * "q"]}, "settings", "age-keygen"),
    ],
)
async def test_a_part_that_does_not_work_is_told_with_what_to_look_at(
    settings: Settings, capsys, changes: dict[str, Any], check: str, words: str
) -> None:
    is_well, found = await _examine(settings, capsys, **changes)

    assert not is_well
    assert found[check][0] == "FAIL"
    assert words in found[check][1]
    assert list(found) == CHECKS, "Every check is made, whatever the others say."


async def test_an_ffmpeg_that_makes_no_prints_is_told(
    settings: Settings, capsys, tmp_path: Path
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'ffmpeg version 1 Copyright (c)'\n")
    program.chmod(0o700)

    _, found = await _examine(settings, capsys, ffmpeg=program)

    state, text = found["ffmpeg"]
    assert state == "ok", "All else works."
    assert "chromaprint" in text
    assert "VEZA_FFMPEG" in text


@pytest.mark.long
async def test_a_bucket_that_keeps_broken_uploads_for_ever_is_told(
    settings: Settings, s3: Seaweed, capsys
) -> None:
    is_well, found = await _examine(settings, capsys, storage_url=s3.url("doctor"))

    assert not is_well
    assert found["storage"] == ("ok", "remote")
    mark, words = found["half uploads"]
    assert mark == "FAIL"
    assert "Unfinished uploads in S3" in words
    heading = "### Unfinished uploads in S3"
    assert heading in (ROOT / "docs" / "operation.md").read_text()


@pytest.mark.long
async def test_rules_of_a_bucket_that_cannot_be_read_are_no_fault(
    settings: Settings, s3: Seaweed, capsys, monkeypatch
) -> None:
    async def refuse(_: object) -> None:
        raise LifecycleUnreadable("the storage answers 403")

    monkeypatch.setattr(doctor, "find_abort_days", refuse)
    is_well, found = await _examine(settings, capsys, storage_url=s3.url("doctor"))

    assert is_well, found
    assert found["half uploads"][0] == "ok"
    assert "403" in found["half uploads"][1]
    assert "docs/operation.md" in found["half uploads"][1]


async def test_a_program_that_owns_the_schema_is_told(
    settings: Settings, services: Services, capsys
) -> None:
    url = services.addresses.migration
    is_well, found = await _examine(settings, capsys, database_url=url)

    assert not is_well
    assert "VEZA_MIGRATION_DATABASE_URL" in found["roles"][1]


_OLDER = "delete from migrations where name >= (select max(name) from migrations)"
_NEWER = "insert into migrations values ('9998_add_wings', 'x', now(), null)"
_NEWEST = "insert into migrations values ('9999_fly', 'x', now(), '9.1.0')"
_OTHER = "update migrations set checksum = 'x', version = '0.9.0' where name like '0002%'"


@pytest.mark.long
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([], "up to date"),
        ([_OLDER], f"older version of Veza: {_NAMES[-1]} are missing"),
        ([_OLDER, _OLDER], f"{_NAMES[-2]}, {_NAMES[-1]} are missing. Back it up, and run"),
        (["delete from migrations"], f"{_NAMES[4]} and {len(_NAMES) - 5} more are missing"),
        ([_NEWER], "9998_add_wings: install the version of Veza that fits the data."),
        ([_NEWER, _NEWEST], "9998_add_wings, 9999_fly: install Veza 9.1.0 or later."),
        # As many as there should be.
        ([_OLDER, _NEWEST], "newer version of Veza than"),
        ([_OTHER], f"{_NAMES[1]} differ from what was applied to this data: install Veza 0.9"),
        ([_OTHER, _NEWEST], "install Veza 0.9.0 or later"),
    ],
)
async def test_data_of_another_version_is_told_with_the_version_that_fits(
    settings: Settings, services: Services, capsys, changes: list[str], words: str
) -> None:
    async with scratch(services) as data:
        await execute(data.owner_url, _MIGRATIONS)
        await execute(data.owner_url, "grant select on migrations to veza_app")
        insert = "insert into migrations select *, now(), null from unnest($1::text[], $2::text[])"
        sums = [hashlib.sha256(sql.encode()).hexdigest() for _, sql in read_migrations()]
        await execute(data.owner_url, insert, _NAMES, sums)
        for change in changes:
            await execute(data.owner_url, change)

        url, owner = data.app_url, data.owner_url
        is_well, found = await _examine(
            settings, capsys, database_url=url, migration_database_url=owner
        )

    assert is_well is (not changes), found
    assert words in found["migrations"][1]


async def test_too_few_open_files_are_told_with_how_many_are_needed(
    settings: Settings, capsys
) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_well, found = await _examine(settings, capsys, connections_max=most)

    assert not is_well
    mark, words = found["open files"]
    assert mark == "FAIL"
    assert f"may open {most:,} files only" in words
    assert f"{most:,} connections need {3 * most + 512:,}" in words
    assert "LimitNOFILE" in words


async def test_the_open_files_are_those_of_the_server_that_runs(settings: Settings) -> None:
    with subprocess.Popen(["sleep", "600"]) as server:
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (1000, 1000))
        with pytest.raises(CheckFailed, match="may open 1,000 files only"):
            await check_open_files(settings, server.pid)
        server.kill()


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=30), "30 seconds ahead of the clock of PostgreSQL"),
        (timedelta(seconds=-3600), "3600 seconds behind the clock of PostgreSQL"),
        (timedelta(days=-10_000), "It says that it is 19"),
    ],
)
async def test_a_clock_that_is_wrong_is_told(
    settings: Settings, capsys, monkeypatch, ahead: timedelta, words: str
) -> None:
    monkeypatch.setattr(machine_checks, "now", lambda: datetime.now(UTC) + ahead)
    is_well, found = await _examine(settings, capsys)

    assert not is_well
    mark, text = found["clock"]
    assert mark == "FAIL"
    assert words in text
    assert "timedatectl set-ntp true" in text


async def test_production_without_a_public_url_is_advised(settings: Settings, capsys) -> None:
    is_well, found = await _examine(settings, capsys, env=Environment.PRODUCTION)

    assert is_well
    assert "VEZA_PUBLIC_URL" in found["settings"][1]


async def test_without_a_mail_server_the_folder_is_named(
    settings: Settings, data_dir: Path, capsys
) -> None:
    _, found = await _examine(settings, capsys)

    mark, words = found["mail"]
    assert mark == "ok"
    assert str(data_dir / "mail") in words
    assert "VEZA_SMTP_URL" in words


async def test_a_mail_server_that_answers_is_told(settings: Settings, capsys) -> None:
    async with SmtpServer().listening() as server:
        is_well, found = await _examine(settings, capsys, smtp_url=server.url())

    assert is_well
    assert found["mail"] == ("ok", "127.0.0.1 answers, without TLS")
    assert server.received == []


async def test_a_password_that_the_mail_server_refuses_is_told_without_it(
    settings: Settings, capsys, monkeypatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    server = SmtpServer(account=("me", "right"), certificate="here.pem")
    async with server.listening():
        url = server.url("me:swordfish@", "?starttls=required")
        is_well, found = await _examine(settings, capsys, smtp_url=url)

    assert not is_well
    mark, words = found["mail"]
    assert mark == "FAIL"
    assert "535 5.7.8" in words
    assert "swordfish" not in words


async def test_companies_that_know_us_are_told(settings: Settings, capsys) -> None:
    with FakeHyperswitch() as payments, FakeStripe() as payouts:
        is_well, found = await _examine(
            settings,
            capsys,
            payment_provider=PaymentProviderName.HYPERSWITCH,
            hyperswitch_url=payments.url,
            hyperswitch_api_key=hyperswitch.API_KEY,
            payout_provider=PayoutProviderName.STRIPE,
            stripe_url=payouts.url,
            stripe_secret_key=stripe.SECRET_KEY,
        )

    assert is_well, found
    assert found["payments"] == ("ok", f"Hyperswitch responds at {payments.url}")
    assert found["payouts"] == ("ok", f"Stripe responds at {payouts.url}")
    assert len(payments.payments) + len(payouts.transfers) == 0


async def test_companies_that_do_not_know_us_are_told(settings: Settings, capsys) -> None:
    with FakeHyperswitch() as payments, FakeStripe() as payouts:
        is_well, found = await _examine(
            settings,
            capsys,
            payment_provider=PaymentProviderName.HYPERSWITCH,
            hyperswitch_url=payments.url,
            hyperswitch_api_key="swordfish",
            payout_provider=PayoutProviderName.STRIPE,
            stripe_url=payouts.url,
            stripe_secret_key="sk_swordfish",
        )

    assert not is_well
    assert found["payments"][0] == found["payouts"][0] == "FAIL"
    assert "VEZA_HYPERSWITCH_API_KEY" in found["payments"][1]
    assert "VEZA_STRIPE_SECRET_KEY" in found["payouts"][1]
    assert "swordfish" not in str(found)


async def test_a_company_that_is_gone_is_told(settings: Settings, capsys) -> None:
    is_well, found = await _examine(
        settings,
        capsys,
        payment_provider=PaymentProviderName.HYPERSWITCH,
        hyperswitch_url="http://127.0.0.1:1",
        hyperswitch_api_key="swordfish",
        payout_provider=PayoutProviderName.STRIPE,
        stripe_url="http://127.0.0.1:1",
        stripe_secret_key="swordfish",
    )

    assert not is_well
    assert found["payments"][0] == "FAIL"
    assert "VEZA_HYPERSWITCH_URL" in found["payments"][1]
    assert found["settings"][0] == "ok"


@pytest.mark.parametrize(
    "changes",
    [
        {"payout_provider": PayoutProviderName.STRIPE, "stripe_secret_key": "sk_live_ours"},
        {
            "payment_provider": PaymentProviderName.HYPERSWITCH,
            "hyperswitch_url": "http://127.0.0.1:1",
            "hyperswitch_api_key": "ours",
        },
    ],
)
async def test_real_money_beside_the_sandbox_is_told(settings: Settings, capsys, changes) -> None:
    is_well, found = await _examine(settings, capsys, **changes)

    assert not is_well
    assert found["settings"][0] == "FAIL"
    assert "can't be used together" in found["settings"][1]


async def test_a_test_key_of_hyperswitch_beside_a_live_key_of_stripe_is_told(
    settings: Settings, capsys
) -> None:
    is_well, found = await _examine(
        settings,
        capsys,
        payment_provider=PaymentProviderName.HYPERSWITCH,
        hyperswitch_url="http://127.0.0.1:1",
        hyperswitch_api_key="snd_ours",
        payout_provider=PayoutProviderName.STRIPE,
        stripe_url="http://127.0.0.1:1",
        stripe_secret_key="sk_live_ours",
    )

    assert not is_well
    assert found["settings"][0] == "FAIL"
    assert "VEZA_HYPERSWITCH_API_KEY" in found["settings"][1]


async def test_the_sandbox_in_production_is_told(settings: Settings, capsys) -> None:
    is_well, found = await _examine(settings, capsys, env=Environment.PRODUCTION)

    assert is_well
    assert "Paid products are effectively free" in found["payments"][1]
