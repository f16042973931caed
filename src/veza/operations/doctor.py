"""`veza doctor`: check everything that a server needs, and explain what to fix."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from valkey.asyncio import Valkey

from veza.app.mail_servers import open_settings_mailer
from veza.app.paths import Addresses, find_ffmpeg
from veza.app.payment_providers import open_hyperswitch, open_stripe
from veza.app.settings.environment import find_unknown_settings
from veza.app.settings.setting_types import (
    FREE_IN_PRODUCTION,
    PaymentProviderName,
    PayoutProviderName,
)
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart, Unavailable
from veza.core.money_mode import ensure_one_mode
from veza.infra.media.recording_print import has_chromaprint
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.postgres.migrate import EARLIER, SchemaDifference, compare_migrations, name_version
from veza.infra.security.age import read_recipient
from veza.infra.storage.buckets import LifecycleUnreadable, find_bucket
from veza.infra.storage.lifecycle import find_abort_days
from veza.infra.storage.stores import open_storage
from veza.infra.valkey import client as valkey
from veza.operations.machine_checks import (
    CheckFailed,
    check_clock,
    check_disk,
    check_folder,
    check_ingest,
    check_open_files,
    check_secrets,
    connected,
)

_MIN_POSTGRES = 170000
_MAX_SHOWN = 5
_NO_PRINTS = (
    "it lacks the muxer chromaprint, so the same recording is not recognized when it is uploaded "
    "again: unset VEZA_FFMPEG to use the one that comes with Veza"
)
# An id that no provider knows.
_NO_ID = "veza_doctor"


type Check = Callable[[], Awaitable[str]]


async def check_program(settings: Settings) -> bool:
    """Check what needs no engine, with a line for each check. Return whether all succeeded."""
    return await _run({"Python": _check_python, "settings": lambda: _check_settings(settings)})


async def check_server(settings: Settings, addresses: Addresses, server: int | None) -> bool:
    """Check everything else while the engines run. `server` is the process that started them.

    Prints a line for each check. Returns whether all succeeded.
    """
    checks: dict[str, Check] = {
        "data directory": lambda: check_folder(settings),
        "secrets": lambda: check_secrets(settings),
        "disk": lambda: check_disk(settings),
        "open files": lambda: check_open_files(settings, server),
        "clock": lambda: check_clock(addresses.database),
        "PostgreSQL": lambda: _check_postgres(addresses.database),
        "roles": lambda: _check_roles(addresses),
        "migrations": lambda: _check_migrations(addresses.database),
        "Valkey": lambda: _check_valkey(addresses.valkey),
        "storage": lambda: _check_storage(settings),
        "half uploads": lambda: _check_lifecycle(settings),
        "mail": lambda: _check_mail(settings),
        "payments": lambda: _check_payments(settings),
        "payouts": lambda: _check_payouts(settings),
        "ffmpeg": lambda: _check_ffmpeg(settings),
        "live streams": check_ingest,
    }
    return await _run(checks)


def report_failure(name: str, text: str) -> None:
    """Print the line of a check that failed."""
    _print("FAIL", name, text)


async def _run(checks: dict[str, Check]) -> bool:
    is_ok = True
    for name, check in checks.items():
        try:
            async with asyncio.timeout(20):
                _print("ok", name, await check())
        except (CheckFailed, CannotStart) as error:
            report_failure(name, str(error))
            is_ok = False
        except TimeoutError:
            report_failure(
                name,
                "No response within 20 seconds. Try again, and look at the load of this machine.",
            )
            is_ok = False
    return is_ok


def _print(mark: str, name: str, text: str) -> None:
    sys.stdout.write(f"{mark:<5} {name:<15} {text}\n")


async def _check_python() -> str:
    return sys.version.split()[0]


async def _check_settings(settings: Settings) -> str:
    if unknown := find_unknown_settings():
        raise CheckFailed(" ".join(unknown))
    ensure_one_mode(settings.payment_provider, settings.payout_provider)
    for recipient in settings.backup_recipients:
        read_recipient(recipient)
    if _is_sandbox_key(settings.hyperswitch_api_key) and _is_live_key(settings.stripe_secret_key):
        raise CheckFailed(
            "VEZA_HYPERSWITCH_API_KEY is a key of Hyperswitch's sandbox (snd_…), where nobody "
            "pays, and VEZA_STRIPE_SECRET_KEY pays out real money (sk_live_…). Use two test keys "
            "or two live keys."
        )
    if settings.is_production and settings.public_url is None:
        return "production; set VEZA_PUBLIC_URL, so that URLs don't depend on the Host header"
    return settings.env.value


def _is_sandbox_key(key: str | None) -> bool:
    return key is not None and key.startswith("snd_")


def _is_live_key(key: str | None) -> bool:
    return key is not None and key.startswith(("sk_live_", "rk_live_"))


async def _check_postgres(url: str) -> str:
    async with connected(url) as connection:
        found = int(await connection.fetchval("show server_version_num"))
        if found < _MIN_POSTGRES:
            raise CheckFailed(
                f"Version {found // 10000} is too old. Upgrade to PostgreSQL 17 or later."
            )
        await _ensure_fsync(connection)
        return f"version {await connection.fetchval('show server_version')}"


async def _ensure_fsync(connection: Any) -> None:
    if await connection.fetchval("show fsync") != "on":
        raise CheckFailed(
            "fsync is off: a power failure can lose data. Set fsync = on in postgresql.conf."
        )


async def _check_roles(addresses: Addresses) -> str:
    program, owner = (urlsplit(url).username for url in (addresses.database, addresses.migration))
    if program == owner:
        raise CheckFailed(
            "The server connects as the owner of the schema, which may change even protected data. "
            "Create a second role for it, and set VEZA_MIGRATION_DATABASE_URL to the owner's URL."
        )
    return f"{owner} owns the schema, {program} runs the server"


async def _check_migrations(url: str) -> str:
    try:
        difference = await compare_migrations(url)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise CheckFailed(f"They can't be read ({error}): check VEZA_DATABASE_URL.") from error
    ensure_migrated(difference)
    return "up to date"


def ensure_migrated(difference: SchemaDifference) -> None:
    """Raise CheckFailed if the data does not fit this version, with the version that does."""
    if difference.is_earlier:
        raise CheckFailed(EARLIER)
    if difference.changed:
        last = difference.changed[-1]
        raise CheckFailed(
            f"{_name_some([each.name for each in difference.changed])} differ from what was "
            f"applied to this data: install {name_version(last)}."
        )
    if difference.unknown:
        last = difference.unknown[-1]
        raise CheckFailed(
            f"This data belongs to a newer version of Veza than {version('veza')}, which does not "
            f"know {_name_some([each.name for each in difference.unknown])}: install "
            f"{name_version(last)}."
        )
    if difference.missing:
        raise CheckFailed(
            f"This data belongs to an older version of Veza: {_name_some(difference.missing)} are "
            "missing. Back it up, and run `veza migrate`, or restart the server."
        )


def _name_some(names: list[str]) -> str:
    shown = ", ".join(names[:_MAX_SHOWN])
    return f"{shown} and {len(names) - _MAX_SHOWN} more" if len(names) > _MAX_SHOWN else shown


async def _check_valkey(url: str) -> str:
    client = Valkey.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        info = await client.info("server")
    except valkey.GONE as error:
        raise CheckFailed(f"No connection ({error}): check VEZA_VALKEY_URL.") from error
    finally:
        await client.aclose()
    return f"version {info.get('valkey_version') or info.get('redis_version')}"


async def _check_storage(settings: Settings) -> str:
    storage = open_storage(settings.storage_url, settings.data_dir.absolute())
    try:
        await storage.check()
    except Unavailable as error:
        raise CheckFailed(
            f"Files can't be written and read ({error.__cause__}): check VEZA_STORAGE_URL."
        ) from error
    finally:
        storage.close()
    return "local disk" if storage.is_local else "remote"


async def _check_lifecycle(settings: Settings) -> str:
    """Check that the bucket deletes the parts of uploads that were never completed."""
    if settings.storage_url is None or settings.storage_url.startswith("file:"):
        return "deleted by the worker"
    hint = 'see "Unfinished uploads in S3" in docs/operation.md'
    try:
        days = await find_abort_days(find_bucket(settings.storage_url))
    except LifecycleUnreadable as error:
        return f"unknown: {error}; {hint}"
    if days is None:
        raise CheckFailed(f"The bucket never deletes the parts of unfinished uploads: {hint}.")
    return f"deleted by the bucket after {days} days"


async def _check_mail(settings: Settings) -> str:
    mailer = open_settings_mailer(settings)
    try:
        status = await mailer.check()
    except Unavailable as error:
        where = (
            "the folder" if settings.smtp_url is None else "VEZA_SMTP_URL and VEZA_BULK_SMTP_URL"
        )
        reason = str(error).rstrip(".")
        raise CheckFailed(f"Mail can't be sent ({reason}): check {where}.") from error
    if settings.smtp_url is None:
        return f"{status}; set VEZA_SMTP_URL to send it"
    return status


async def _check_payments(settings: Settings) -> str:
    if settings.payment_provider is PaymentProviderName.SANDBOX:
        if settings.is_free_in_production:
            return f"sandbox: {FREE_IN_PRODUCTION}"
        return "sandbox: no real money"
    async with open_hyperswitch(settings) as hyperswitch:
        try:
            await hyperswitch.find_payment(_NO_ID)
        except ProviderUnavailable as error:
            hint = "check VEZA_HYPERSWITCH_URL and VEZA_HYPERSWITCH_API_KEY"
            raise CheckFailed(f"Hyperswitch can't be used: {hint}.") from error
    return f"Hyperswitch responds at {settings.hyperswitch_url}"


async def _check_payouts(settings: Settings) -> str:
    if settings.payout_provider is PayoutProviderName.SANDBOX:
        return "sandbox: no real money"
    async with open_stripe(settings) as stripe:
        try:
            await stripe.find_transfer(_NO_ID, _NO_ID)
        except (ProviderRefused, ProviderUnavailable) as error:
            raise CheckFailed("Stripe can't be used: check VEZA_STRIPE_SECRET_KEY.") from error
    return f"Stripe responds at {settings.stripe_url}"


async def _check_ffmpeg(settings: Settings) -> str:
    path = find_ffmpeg(settings)
    try:
        process = await asyncio.create_subprocess_exec(
            str(path), "-version", stdout=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise CheckFailed(f"{path} can't be run ({error.strerror}): check VEZA_FFMPEG.") from error
    output, _ = await process.communicate()
    found = output.decode(errors="replace").partition(" Copyright")[0]
    if await asyncio.to_thread(has_chromaprint, path):
        return found
    return f"{found}; {_NO_PRINTS}"
