"""`veza live` and `veza rotate-secrets`."""

import argparse
import asyncio
import sys

from veza.app.data_dir import create_data_dir, own_data_dir
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.cli.with_services import with_services
from veza.domains.auth.app_passwords.service import SEALED_PASSWORDS
from veza.domains.auth.factors.service.authenticator_apps import SEALED_TOTP
from veza.domains.live.stream_keys import SEALED_KEYS
from veza.domains.restreams.service.targets import SEALED_TARGET_KEYS
from veza.infra.security.sealed_secrets import reseal
from veza.infra.security.secrets import draw_sealing_key, renew_secrets
from veza.launcher.embedded_engines import start_engines
from veza.launcher.live_ingest import create_config
from veza.operations.command_records import record_command

# What takes the place of a secret of the data directory.
_SECRET_SETTINGS = (
    "jwt_secret",
    "live_hook_secret",
    "live_sealing_keys",
    "vapid_private_key",
    "hyperswitch_webhook_secret",
)


def live(settings: Settings, arguments: argparse.Namespace) -> None:
    """Print a configuration of nginx, or encrypt stream keys and other secrets with a new key."""
    create_data_dir(settings)
    if arguments.task == "config":
        sys.stdout.write(asyncio.run(create_config(settings, arguments.url)))
        return
    # Before the services are opened: they encrypt with the newest key that exists then.
    if not settings.live_sealing_keys:
        draw_sealing_key(settings.data_dir)

    async def rotate(services: Services) -> None:
        sys.stdout.write(await _reseal(services))

    with_services(settings, arguments, rotate)


def rotate_secrets(settings: Settings, arguments: argparse.Namespace) -> None:
    """Draw all secrets of the data directory again, while the server is stopped."""

    async def rotate() -> None:
        with own_data_dir(settings) as folder:
            renew_secrets(folder)
            async with start_engines(settings), open_services(settings) as services:
                record_command(services.database, arguments.command)
                sys.stdout.write(await _reseal(services))

    asyncio.run(rotate())
    sys.stdout.write(f"All secrets of {settings.data_dir / 'secrets.json'} were drawn again.\n")
    if kept := [name for name in _SECRET_SETTINGS if getattr(settings, name)]:
        names = ", ".join(f"VEZA_{name.upper()}" for name in kept)
        sys.stdout.write(f"The settings were not changed: {names}. Change them yourself.\n")
    if settings.backup_target is not None:
        sys.stdout.write(
            "The next backup needs another target: set VEZA_BACKUP_TARGET. Keep the former one, "
            "and protect it: its backups have the former secrets.\n"
        )


async def _reseal(services: Services) -> str:
    """Encrypt all that is encrypted with the newest key; return what that was."""
    encryptor = services.login_context.factors.encryptor
    sealed = (SEALED_KEYS, SEALED_TARGET_KEYS, SEALED_PASSWORDS, SEALED_TOTP)
    keys, targets, passwords, secrets = [
        await reseal(services.database, encryptor, each) for each in sealed
    ]
    return (
        f"{keys} stream keys, {targets} keys of other platforms, {passwords} app passwords and"
        f" {secrets} secrets of authenticator apps were encrypted with a new key.\n"
    )
