"""`veza doctor`: says what is wrong, and what to do."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.architecture.source import ROOT
from tests.fakes import hyperswitch, stripe
from tests.fakes.hyperswitch import FakeHyperswitch
from tests.fakes.stripe import FakeStripe
from tests.infra.smtp import AUTHORITY, SmtpServer
from tests.seaweed import Seaweed
from veza.app.cli import doctor
from veza.app.cli.doctor import run_checks
from veza.app.services import Services
from veza.app.setting_types import Environment, PaymentProviderName, PayoutProviderName
from veza.app.settings import Settings
from veza.infra.storage.buckets import LifecycleUnreadable

CHECKS = [
    "Python",
    "settings",
    "data directory",
    "secrets",
    "disk",
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
