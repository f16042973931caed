"""`veza live`."""

import argparse
import asyncio
import sys

from veza.app.cli.with_services import with_services
from veza.app.embedded_engines import create_data_dir
from veza.app.live_ingest import create_config
from veza.app.services import Services
from veza.app.settings import Settings
from veza.domains.auth.app_passwords.jobs import reseal_passwords
from veza.domains.auth.factors.jobs import reseal_secrets
from veza.domains.live.jobs import reseal_keys
from veza.infra.security.secrets import draw_sealing_key


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
        count = await reseal_keys(services.database, services.live)
        passwords = await reseal_passwords(services.app_passwords)
        secrets = await reseal_secrets(services.database, services.login_context.factors.encryptor)
        sys.stdout.write(
            f"{count} stream keys, {passwords} app passwords and {secrets} secrets of"
            " authenticator apps were encrypted with a new key.\n"
        )

    with_services(settings, arguments, rotate)
