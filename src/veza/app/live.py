"""Live streams by the settings: their keys and viewers, and who may call the hooks."""

from functools import partial

from veza.app.paths import PREFIX, find_hook_secret, live_folder
from veza.app.settings.setting_types import Streamers
from veza.app.settings.settings import Settings
from veza.core.signed_urls import UrlSigner
from veza.domains.auth.accounts.rules import FAILED_LOGIN_WINDOW_S
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.live.routes.addresses import StreamAddresses
from veza.domains.live.routes.hooks import HookGuard
from veza.domains.live.rules.audiences import MAX_STREAM_GUESSES
from veza.domains.live.service.context import LiveContext
from veza.domains.live.viewers import ViewerCounter
from veza.domains.restreams.service.targets import RestreamSettings
from veza.infra.ingest.whip_control import WhipGate
from veza.infra.processes.embedded_nginx import inner_url
from veza.infra.security.encryption import Encryptor
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.secrets import load_secrets
from veza.infra.valkey.client import ValkeyClient


def create_encryptor(settings: Settings) -> Encryptor:
    """Return what encrypts stream keys. Its keys are read when they are first used."""

    def load_keys() -> list[str]:
        return settings.live_sealing_keys or load_secrets(settings.data_dir).sealing_keys

    return Encryptor(load_keys)


def create_live_context(
    settings: Settings, client: ValkeyClient, login: LoginContext, signer: UrlSigner
) -> LiveContext:
    """Return what broadcasting and watching need; `login` has the encryptor of both."""
    return LiveContext(
        encryptor=login.factors.encryptor,
        viewers=ViewerCounter(client),
        folder=live_folder(settings) / "hls",
        rewind_folder=live_folder(settings) / "rewind",
        rewind_s=settings.live_rewind_minutes * 60,
        has_ladders=settings.live_ladders > 0,
        creators_only=settings.live_streamers is Streamers.CREATORS,
        playback_base_url=settings.live_playback_url,
        signer=signer,
        passwords=login.passwords,
        attempts=login.attempts,
        all_attempts=LoginThrottle(
            client, max_failures=MAX_STREAM_GUESSES, window_s=FAILED_LOGIN_WINDOW_S
        ),
    )


def create_hook_guard(settings: Settings) -> HookGuard:
    """Return what lets only the ingest call the hooks."""
    url = partial(inner_url, settings.live_rtmp_port)
    return HookGuard(find_hook_secret(settings), settings.ingests, url)


def create_stream_addresses(settings: Settings) -> StreamAddresses:
    """Return the addresses at which streams are received."""
    return StreamAddresses(
        PREFIX,
        settings.live_rtmp_url,
        settings.live_rtmp_port,
        settings.live_icecast_port,
        settings.live_srt_port,
        settings.live_rtmps_port,
        has_whip=settings.live_whip_port is not None,
    )


def create_restream_settings(settings: Settings) -> RestreamSettings:
    """Return the bounds of streams that are sent to other platforms."""
    return RestreamSettings(settings.live_restreams, frozenset(settings.live_restream_hosts))


def create_whip_gate(settings: Settings) -> WhipGate:
    """Return what hands sessions of WHIP to the ingest."""
    return WhipGate(settings.live_whip_port, find_hook_secret(settings))
