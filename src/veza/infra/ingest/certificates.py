"""The certificate of the encrypted port, which is read again when its files change."""

import asyncio
import ssl
from pathlib import Path

import structlog

log = structlog.get_logger()

LOOK_EACH_S = 10.0
_MAX_FILE_BYTES = 1 << 20
_CERTIFICATE = "VEZA_LIVE_RTMPS_CERTIFICATE"
_KEY = "VEZA_LIVE_RTMPS_KEY"

type _State = tuple[tuple[int, int, int] | None, ...]


class BadCertificate(Exception):
    """A certificate and its key can't be used; the text tells the operator why."""


class Certificate:
    """A certificate and its key in PEM.

    `context` is that of the files when they last fitted, None if they never did. Connections keep
    the context with which they began.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self.context: ssl.SSLContext | None = None
        self._certificate = certificate
        self._key = key
        self._state: _State = ()

    async def read(self) -> None:
        """Read the files. Raises BadCertificate, and keeps what was read before."""
        # Before they are read: a change meanwhile is noticed the next time.
        self._state = await asyncio.to_thread(self._look)
        self.context = await asyncio.to_thread(create_context, self._certificate, self._key)

    async def follow(self) -> None:
        """Read the files again whenever one of them changed, until this is cancelled."""
        while True:
            await asyncio.sleep(LOOK_EACH_S)
            if await asyncio.to_thread(self._look) == self._state:
                continue
            try:
                await self.read()
            except BadCertificate as error:
                # Of the two files one may have been replaced so far.
                log.warning("certificate_refused", reason=str(error))
            else:
                log.info("certificate_read_again")

    def _look(self) -> _State:
        return tuple(_find_state(path) for path in (self._certificate, self._key))


def create_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return a context of a server for TLS 1.2 and 1.3. Raises BadCertificate."""
    _ensure_pem(certificate, _CERTIFICATE, b"-----BEGIN CERTIFICATE-----")
    _ensure_pem(key, _KEY, b"PRIVATE KEY-----")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A client could ask for new keys again and again.
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        # Without a password OpenSSL would ask for that of an encrypted key at the terminal.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise BadCertificate(
                f"The key in {_KEY}={key} is not that of the certificate in "
                f"{_CERTIFICATE}={certificate}."
            ) from error
        raise BadCertificate(
            f"{_CERTIFICATE}={certificate} and {_KEY}={key} can't be used: they must be a "
            f"certificate with its chain and a key without a passphrase, in PEM ({error.reason})."
        ) from error
    except OSError as error:
        raise BadCertificate(
            f"{_CERTIFICATE} and {_KEY} can't be read: {error.strerror}."
        ) from error
    return context


def _ensure_pem(path: Path, setting: str, mark: bytes) -> None:
    """Raise BadCertificate unless a file can be read and has what it should."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES)
    except OSError as error:
        raise BadCertificate(
            f"{setting}={path} can't be read by the user of the ingest: {error.strerror}."
        ) from error
    if mark not in content:
        kind = "certificate" if setting == _CERTIFICATE else "private key"
        raise BadCertificate(f"{setting}={path} has no {kind} in PEM.")


def _find_state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is written or replaced, None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
