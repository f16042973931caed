"""The console shows settings and their source, and never a secret."""

import re
from pathlib import Path

from msgspec import structs

from tests import make
from veza.app.settings.effective_settings import list_effective
from veza.app.settings.settings import Settings
from veza.core.access import Role

# All other settings with texts may hold a secret.
_SHOWN_TEXTS = {
    *("VEZA_ADMIN_EMAIL", "VEZA_BACKUP_RECIPIENTS", "VEZA_CORS_ORIGINS", "VEZA_DATA_DIR"),
    *("VEZA_BOUNCE_ADDRESS", "VEZA_BULK_MAIL_FROM"),
    *("VEZA_COUNTRY_HEADER", "VEZA_FFMPEG", "VEZA_HEALTH_ADDRESS", "VEZA_HYPERSWITCH_PROFILE_ID"),
    *("VEZA_LIVE_INGEST_ADDRESSES", "VEZA_LIVE_RTMPS_CERTIFICATE"),
    *("VEZA_LIVE_RESTREAM_HOSTS", "VEZA_LIVE_WHIP_ADDRESSES"),
    *("VEZA_MAIL_FROM", "VEZA_METRICS_ADDRESSES"),
    "VEZA_PASSKEY_DOMAIN",
    "VEZA_PLATFORM_FEE_RATE",
    *("VEZA_PUSH_TRUSTED_ORIGINS", "VEZA_TRUSTED_PROXIES", "VEZA_VAPID_CONTACT"),
    "VEZA_WEBSUB_HUBS",
    *("VEZA_WORKER_METRICS_ADDRESS", "VEZA_X_ACCEL_LOCATION"),
}


def test_only_texts_that_hold_no_secret_are_shown():
    marked = {
        field.name: ["a-secret"] if "list" in str(field.type) else "a-secret"
        for field in structs.fields(Settings)
        if re.search(r"\b(str|Path)\b", str(field.type))
    }
    listed = list_effective(Settings(**marked), {})

    shown = {each.name for each in listed.settings if each.value == "a-secret"}
    assert shown <= _SHOWN_TEXTS
    assert len(listed.settings) == len(structs.fields(Settings))


def test_a_source_is_the_environment_a_file_or_the_default():
    environ = {"VEZA_WORKERS": "2", "VEZA_JWT_SECRET_FILE": "/run/jwt", "VEZA_LOG_LEVEL": ""}
    settings = Settings(workers=2, jwt_secret="x" * 32, data_dir=Path("/srv"))
    found = {each.name: each for each in list_effective(settings, environ).settings}

    assert (found["VEZA_WORKERS"].source, found["VEZA_WORKERS"].value) == ("environment", "2")
    secret = found["VEZA_JWT_SECRET"]
    assert (secret.source, secret.is_set, secret.value) == ("file", True, None)
    assert found["VEZA_LOG_LEVEL"].source == "default"
    assert (found["VEZA_SMTP_URL"].is_set, found["VEZA_CORS_ORIGINS"].is_set) == (False, False)


async def test_only_admins_read_the_settings(client, services):
    for role, status in ((Role.ADMIN, 200), (Role.MODERATOR, 403)):
        person = await make.person(services, role)
        answer = await client.get("admin/settings", headers=person.headers)
        assert answer.status_code == status
