"""Encryption of streams in the format of age, which the program `age` decrypts too.

The format is https://age-encryption.org/v1: a random key for each stream, wrapped for each
recipient by X25519, and ChaCha20-Poly1305 for each 64 KiB. A stream that was changed or cut off
can't be decrypted.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from veza.core.errors import CannotStart

# Of a file; others are derived.
type FileIdentity = pyrage.x25519.Identity
type Recipient = pyrage.x25519.Recipient | pyrage.ssh.Recipient
type Identity = pyrage.x25519.Identity | pyrage.ssh.Identity
type _Work = Callable[[BufferedIOBase, BufferedIOBase], object]

_CHUNK = 256 * 1024
_MAX_IDENTITY_BYTES = 65_536


class StreamUndecryptable(Exception):
    """A stream was changed or cut off, or is not for these identities."""


def read_recipient(text: str) -> pyrage.x25519.Recipient:
    """Return a public key, which begins with `age1`. Raises CannotStart."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise CannotStart(
            f"VEZA_BACKUP_RECIPIENTS: {text} is not a public key of age ({error}). Copy the one "
            "that `age-keygen` prints."
        ) from error


def read_identities(path: Path) -> list[FileIdentity]:
    """Return the private keys of a file that `age-keygen` wrote. Raises CannotStart."""
    try:
        with path.open("rb") as file:
            lines = file.read(_MAX_IDENTITY_BYTES).decode().splitlines()
    except (OSError, ValueError) as error:
        raise CannotStart(f"The identity {path} can't be read: {error}.") from error
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    try:
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise CannotStart(
            f"{path} is not an identity of age: name the file that `age-keygen` wrote, with a line "
            "that begins with AGE-SECRET-KEY-1. Decrypt it first if it has a passphrase."
        )
    return found


def derive_identity(seed: bytes) -> tuple[Identity, Recipient]:
    """Return the private and the public key that belong to a secret of 32 bytes."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return pyrage.ssh.Identity.from_buffer(private), pyrage.ssh.Recipient.from_str(public)


async def encrypt(
    chunks: AsyncIterator[bytes], recipients: Sequence[Recipient]
) -> AsyncGenerator[bytes]:
    """Yield a stream, encrypted for recipients, of whom each can decrypt it."""

    def work(source: BufferedIOBase, target: BufferedIOBase) -> None:
        pyrage.encrypt_io(source, target, recipients)

    async with aclosing(_run_in_thread(chunks, work)) as encrypted:
        async for chunk in encrypted:
            yield chunk


async def decrypt(
    chunks: AsyncIterator[bytes], identities: Sequence[Identity]
) -> AsyncGenerator[bytes]:
    """Yield what was encrypted for one of the identities. Reads all chunks if it succeeds.

    Raises StreamUndecryptable, perhaps after a part of it.
    """

    def work(source: BufferedIOBase, target: BufferedIOBase) -> None:
        try:
            pyrage.decrypt_io(source, target, identities)
        except (pyrage.DecryptError, OSError) as error:
            raise StreamUndecryptable(str(error)) from error

    async with aclosing(_run_in_thread(chunks, work)) as decrypted:
        async for chunk in decrypted:
            yield chunk


async def _run_in_thread(chunks: AsyncIterator[bytes], work: _Work) -> AsyncGenerator[bytes]:
    """Yield what a function writes that reads the chunks as a file.

    It runs in a thread, at the other end of a pair of sockets: it waits for chunks, and while
    nobody takes what it writes. If the generator is closed, it fails at its next read or write.
    """
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=ours, limit=_CHUNK)
    thread = asyncio.create_task(asyncio.to_thread(_work_on_socket, theirs, work))
    feeding = asyncio.create_task(_feed(chunks, writer))
    try:
        while chunk := await _read(reader):
            yield chunk
        await feeding
        await thread
    finally:
        feeding.cancel()
        writer.transport.abort()
        await asyncio.gather(feeding, thread, return_exceptions=True)


def _work_on_socket(theirs: socket.socket, work: _Work) -> None:
    with theirs, theirs.makefile("rb", _CHUNK) as source, theirs.makefile("wb", _CHUNK) as target:
        work(cast(BufferedIOBase, source), cast(BufferedIOBase, target))
        target.flush()
        # A peer would lose what it has not read yet if anything was left here.
        while source.read(_CHUNK):
            pass


async def _feed(chunks: AsyncIterator[bytes], writer: asyncio.StreamWriter) -> None:
    try:
        async for chunk in chunks:
            writer.write(chunk)
            try:
                await writer.drain()
            except ConnectionError:
                # The thread ended early: its error is raised.
                return
        writer.write_eof()
    except BaseException:
        # The end of the chunks must not look like the end of the stream.
        writer.transport.abort()
        raise


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(_CHUNK)
    except ConnectionError:
        # The thread ended early: its error is raised.
        return b""
