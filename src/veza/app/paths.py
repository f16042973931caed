"""The addresses of the engines, the folders of the data directory, and what is found in them.

Every process imports this, so it imports little.
"""

from pathlib import Path

import imageio_ffmpeg  # pyright: ignore[reportMissingTypeStubs]
from msgspec import Struct

from veza.app.settings.settings import Settings
from veza.infra.processes import embedded_postgres, embedded_valkey
from veza.infra.security.secrets import Secrets, load_secrets

PREFIX = "/api/v1"
# The environment variable in which `veza serve` passes its URL to its processes.
SERVED_AT = "_VEZA_SERVED_AT"


class Addresses(Struct, frozen=True):
    """The URLs of PostgreSQL (as its two roles) and Valkey."""

    database: str
    migration: str
    valkey: str


def engines_folder(settings: Settings) -> Path:
    """Return the folder in which the embedded engines keep their data."""
    return settings.data_dir.absolute() / "engines"


def find_addresses(settings: Settings, secrets: Secrets) -> Addresses:
    """Return the URLs of the engines: from the settings, or of the embedded engines."""
    folder = engines_folder(settings)
    if settings.database_url is not None:
        database = settings.database_url
        migration = settings.migration_database_url or database
    else:
        database = embedded_postgres.app_url(folder, secrets.postgres_app)
        migration = embedded_postgres.owner_url(folder, secrets.postgres_owner)
    local_valkey = embedded_valkey.valkey_url(folder, secrets.valkey)
    return Addresses(database, migration, settings.valkey_url or local_valkey)


def mail_folder(settings: Settings) -> Path:
    """Return the folder to which mails are written if no server sends them."""
    return settings.data_dir.absolute() / "mail"


def live_folder(settings: Settings) -> Path:
    """Return nginx's folder; it writes playlists and segments to `hls/<id of the stream>/`."""
    return settings.data_dir.absolute() / "live"


def find_hook_secret(settings: Settings) -> str:
    """Return the secret with which the ingest of live streams calls the API."""
    return settings.live_hook_secret or load_secrets(settings.data_dir).live_hooks


def write_own_url(settings: Settings, url: str) -> None:
    """Store the URL at which `veza serve` listens, for commands run later."""
    (settings.data_dir / "url").write_text(url)


def read_own_url(settings: Settings) -> str:
    """Return the URL at which `veza serve` listens, or last listened."""
    try:
        return (settings.data_dir / "url").read_text()
    except OSError:
        return "http://localhost:8080"


def find_ffmpeg(settings: Settings) -> Path:
    """Return the path of the ffmpeg to use."""
    return settings.ffmpeg or Path(imageio_ffmpeg.get_ffmpeg_exe())
