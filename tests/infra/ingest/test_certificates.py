"""The certificate of RTMPS: files that can't be used, and files that change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support import certificates as made
from tests.support.waiting import until
from veza.infra.ingest import certificates
from veza.infra.ingest.certificates import BadCertificate, Certificate

SHOWN, KEY = made.issue("one.test")
_, OTHER_KEY = made.issue("two.test")
_, LOCKED_KEY = made.issue("three.test", password="hidden")


@pytest.mark.parametrize(
    ("shown", "key", "complaint"),
    [
        (None, KEY, "CERTIFICATE=.* can't be read .*No such file"),
        (SHOWN, None, "KEY=.* can't be read .*No such file"),
        (b"", KEY, "CERTIFICATE=.* has no certificate in PEM"),
        (KEY, KEY, "CERTIFICATE=.* has no certificate in PEM"),
        (SHOWN, SHOWN, "KEY=.* has no private key in PEM"),
        (SHOWN, OTHER_KEY, "is not that of the certificate"),
        (SHOWN, LOCKED_KEY, "without a passphrase"),
        (SHOWN[:200] + SHOWN[-60:], KEY, "can't be used"),
        (b"\x00" * 100_000, KEY, "has no certificate"),
    ],
    ids=[
        "no file",
        "no key",
        "empty",
        "swapped",
        "no key in it",
        "other",
        "locked",
        "cut",
        "zeros",
    ],
)
def test_files_that_cannot_be_used_are_named(tmp_path, shown, key, complaint):
    for name, content in (("c.pem", shown), ("k.pem", key)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(BadCertificate, match=complaint):
        certificates.create_context(tmp_path / "c.pem", tmp_path / "k.pem")


def test_a_folder_is_no_certificate(tmp_path):
    _, key = made.write(tmp_path, "one.test")
    with pytest.raises(BadCertificate, match="Is a directory"):
        certificates.create_context(tmp_path, key)


@asynccontextmanager
async def following(certificate: Certificate) -> AsyncIterator[None]:
    task = asyncio.create_task(certificate.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_changed_certificate_is_read_once_both_files_fit(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(certificates, "LOOK_EACH_S", 0.01)
    certificate = Certificate(*made.write(tmp_path, "one.test"))
    await certificate.read()
    first = certificate.context
    shown, key = made.issue("two.test")
    with capture_logs() as logged:
        async with following(certificate):
            (tmp_path / "certificate.pem").write_bytes(shown)
            await until(lambda: len(logged) == 1)
            assert certificate.context is first
            # Nothing changes, so nothing is said again.
            await asyncio.sleep(0.1)
            (tmp_path / "key.pem").write_bytes(key)
            await until(lambda: certificate.context is not first)
            # As certbot does it: another file by the same name.
            second = certificate.context
            (tmp_path / "later.pem").write_bytes(shown)
            (tmp_path / "later.pem").replace(tmp_path / "certificate.pem")
            await until(lambda: certificate.context is not second)
            (tmp_path / "key.pem").unlink()
            await until(lambda: len(logged) == 4)
            assert certificate.context is not None
    said = ["certificate_refused", "certificate_read_again", "certificate_read_again"]
    assert [each["event"] for each in logged] == [*said, "certificate_refused"]


async def test_files_that_come_later_are_found(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(certificates, "LOOK_EACH_S", 0.01)
    certificate = Certificate(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with pytest.raises(BadCertificate):
        await certificate.read()
    async with following(certificate):
        made.write(tmp_path, "one.test")
        await until(lambda: certificate.context is not None)
