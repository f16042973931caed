"""Reads the settings from `VEZA_*` variables, and reports those that are wrong."""

import difflib
import os
import typing
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Meta

from veza.app.settings.ingest_settings import ensure_rtmps, ensure_whip
from veza.app.settings.openid_settings import ensure_sign_in
from veza.app.settings.publication_settings import ensure_hubs
from veza.app.settings.setting_types import PaymentProviderName, PayoutProviderName
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.core.money_mode import ensure_one_mode
from veza.infra.mail.mail_settings import read_bounce_address, read_sender, read_smtp_url

PREFIX = "VEZA_"
# Each setting may also be read from a file that this variable names: secrets of containers.
FILE_SUFFIX = "_FILE"
_MAX_FILE_BYTES = 65_536
# The values of settings with these endings may hold passwords, and are never printed.
_CONFIDENTIAL = ("SECRET", "PASSWORD", "URL", "KEY", "KEYS", "PROVIDERS", "TARGET")


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment, or from the files that `VEZA_*_FILE` name.

    Raises CannotStart for one that can't be used.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        name = PREFIX + field.name.upper()
        if (text := _read_text(name, environ)) != "":
            given[field.name] = _parse(name, text, field.type)
    settings = Settings(**given)
    _ensure_networks(settings)
    _ensure_ffmpeg(settings)
    _ensure_mail(settings)
    _ensure_providers(settings)
    ensure_sign_in(
        settings,
        is_production=settings.is_production,
        has_public_url=settings.public_url is not None,
    )
    ensure_rtmps(settings)
    ensure_whip(settings)
    ensure_hubs(settings, has_public_url=settings.public_url is not None)
    return settings


def may_hold_secret(name: str) -> bool:
    """Return whether the value of a setting may hold a secret, and must not be shown."""
    return name.endswith(_CONFIDENTIAL)


def find_unknown_settings(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return a sentence for each unknown `VEZA_*` variable, with the closest known name."""
    known = [PREFIX + field.name.upper() for field in msgspec.structs.fields(Settings)]
    found: list[str] = []
    for name in sorted(os.environ if environ is None else environ):
        if name.startswith(PREFIX) and name.removesuffix(FILE_SUFFIX) not in known:
            near = difflib.get_close_matches(name, known, n=1)
            found.append(
                f"{name} is not a setting." + (f" Did you mean {near[0]}?" if near else "")
            )
    return found


def format_table() -> str:
    """Return the table of settings for the documentation."""
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for field in msgspec.structs.fields(Settings):
        default = "" if field.default in (None, msgspec.NODEFAULT) else f"`{field.default}`"
        if isinstance(field.default_factory, type):
            default = ""
        rows.append(f"| `{PREFIX}{field.name.upper()}` | {default} | {meaning_of(field.type)} |")
    return "\n".join(rows) + "\n"


def _read_text(name: str, environ: Mapping[str, str]) -> str:
    """Return the text of a setting, empty if it is not set."""
    text = environ.get(name, "")
    path = environ.get(name + FILE_SUFFIX, "")
    if path == "":
        return text
    if text != "":
        raise CannotStart(f"{name} and {name}{FILE_SUFFIX} are both set: unset one of them.")
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
        if len(content) <= _MAX_FILE_BYTES:
            return content.decode().strip()
        problem = f"it has more than {_MAX_FILE_BYTES} bytes"
    except OSError as error:
        problem = error.strerror or "it can't be read"
    except ValueError:
        problem = "it is not UTF-8"
    raise CannotStart(f"{name}{FILE_SUFFIX}={path!r} can't be used: {problem}.")


def _parse(name: str, text: str, kind: Any) -> Any:
    value: Any = text
    if _is_list(kind):
        value = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return msgspec.convert(value, kind, strict=False, dec_hook=_to_path)
    except (msgspec.ValidationError, ValueError) as error:
        shown = name if may_hold_secret(name) else f"{name}={text!r}"
        raise CannotStart(f"{shown} can't be used: {error}") from error


def _is_list(kind: Any) -> bool:
    parts = (part for part in typing.get_args(kind) if not isinstance(part, Meta))
    return typing.get_origin(kind) is list or any(_is_list(part) for part in parts)


def _to_path(kind: type, value: Any) -> Any:
    return Path(value) if kind is Path else value


def _ensure_networks(settings: Settings) -> None:
    for name in ("trusted_proxies", "live_ingest_addresses", "metrics_addresses"):
        for text in getattr(settings, name):
            try:
                ip_network(text)
            except ValueError as error:
                raise CannotStart(f"{PREFIX}{name.upper()} can't be used: {error}") from error


def _ensure_ffmpeg(settings: Settings) -> None:
    if settings.ffmpeg is not None and not os.access(settings.ffmpeg, os.X_OK):
        raise CannotStart(
            f"VEZA_FFMPEG={str(settings.ffmpeg)!r} is not a program that can be run. "
            "Correct the path, or unset it to use the ffmpeg that comes with Veza."
        )


def _ensure_mail(settings: Settings) -> None:
    readers = {
        "mail_from": read_sender,
        "smtp_url": read_smtp_url,
        "bulk_mail_from": read_sender,
        "bulk_smtp_url": read_smtp_url,
        "bounce_address": read_bounce_address,
    }
    for name, read in readers.items():
        given = getattr(settings, name)
        if given is None:
            continue
        try:
            read(given)
        except CannotStart as error:
            raise CannotStart(f"{PREFIX}{name.upper()} can't be used: {error}") from None


def _ensure_providers(settings: Settings) -> None:
    """Raise CannotStart if a provider lacks a setting, or if only one moves real money."""
    ensure_one_mode(settings.payment_provider, settings.payout_provider)
    required: list[str] = []
    if settings.payment_provider is PaymentProviderName.HYPERSWITCH:
        required += ["hyperswitch_url", "hyperswitch_api_key", "hyperswitch_webhook_secret"]
    if settings.payout_provider is PayoutProviderName.STRIPE:
        required += ["stripe_secret_key", "stripe_webhook_secret"]
    for name in required:
        if getattr(settings, name) is None:
            provider = name.partition("_")[0].capitalize()
            raise CannotStart(f"{PREFIX}{name.upper()} is missing. {provider} needs it: set it.")


def meaning_of(kind: Any) -> str:
    """Return the description of a setting, from its type."""
    for part in (kind, *typing.get_args(kind)):
        for meta in getattr(part, "__metadata__", ()):
            if isinstance(meta, Meta) and meta.description:
                return meta.description
    return ""
