"""Whatever the directory answers, or doesn't, a checkout goes on soon."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.fakes.vat_directory import AWAY, INVALID, VALID, FakeVatDirectory
from veza.core.vat_ids import VatIdState
from veza.infra.vat_ids.directory import VatIdDirectory

ID = "IE6388047V"


@pytest.fixture
def fake() -> Iterator[FakeVatDirectory]:
    with FakeVatDirectory() as started:
        yield started


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((200, VALID), "valid"),
        ((200, INVALID), "invalid"),
        ((200, AWAY), "unknown"),
        ((400, {"valid": False}), "unknown"),
        ((503, b"busy"), "unknown"),
        ((302, VALID), "unknown"),
        ((200, b""), "unknown"),
        ((200, b"\xff\xfe"), "unknown"),
        ((200, b"[" * 100_000), "unknown"),
        ((200, b" " * 200_000), "unknown"),
        ((200, {"valid": "yes"}), "unknown"),
        ((200, {}), "unknown"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_an_answer_is_taken_or_unknown(fake, answer, state):
    fake.answer = answer
    check = await VatIdDirectory(fake.url).look_up(ID)

    assert check.state == state
    assert fake.asked == [{"countryCode": "IE", "vatNumber": "6388047V"}]


async def test_a_directory_that_is_silent_or_gone_is_not_waited_for(fake):
    fake.is_held = True
    directory = VatIdDirectory(fake.url, timeout_s=0.2, at_once=2)
    async with asyncio.timeout(10):
        checks = await asyncio.gather(*(directory.look_up(ID) for _ in range(5)))
    assert {check.state for check in checks} == {VatIdState.UNKNOWN}
    # The others were not even asked for.
    assert len(fake.asked) == 2

    gone = await VatIdDirectory("http://127.0.0.1:1/rest-api").look_up(ID)
    assert gone.state is VatIdState.UNKNOWN
