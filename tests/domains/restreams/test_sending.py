"""Streams on air are sent to their targets: by one worker, while they may be, and again."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.domains.restreams.sending_steps import Airing
from tests.fakes.rtmp_server import FakeRtmpServer
from tests.infra.rtmp.nginx_steps import write_segments
from tests.infra.waiting import until
from tests.make import Person
from tests.support import certificates
from veza.app.services import Services
from veza.core.ids import new_id
from veza.domains.restreams import jobs, rules
from veza.domains.restreams.service import restreamer, transmission
from veza.infra.rtmp import chunks, publisher


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_segments(tmp_path_factory.mktemp("hls"), seconds=12)


@pytest.fixture(scope="module")
def sound_alone(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("hls")
    return write_segments(folder, seconds=8, has_pictures=False)


@pytest.fixture
async def airing(services: Services, owner: Person, segments: list[Path]) -> AsyncGenerator[Airing]:
    server = FakeRtmpServer()
    async with server.listening():
        made = Airing(services, owner, segments, server)
        yield made
        for worker in made.workers:
            await worker.close()
    await made.change("delete from streams where id = $1", made.stream_id)


async def test_a_stream_is_sent_with_sound_and_pictures(airing: Airing):
    await airing.begin()
    target_id = await airing.add_target()
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "sending")
    airing.send(2)
    await until(lambda: len(airing.server.messages) > 4 * 40)
    assert airing.server.kinds() == {chunks.AUDIO, chunks.VIDEO, chunks.DATA}
    times = [each.time_ms for each in airing.server.messages if each.kind == chunks.AUDIO]
    assert times == sorted(times)
    assert times[-1] > 3000
    # Another look changes nothing.
    await worker.look()
    assert airing.server.connections == 1


async def test_sound_alone_is_sent(airing: Airing, sound_alone: list[Path]):
    made = Airing(airing.services, airing.owner, sound_alone, airing.server)
    await made.begin()
    target_id = await made.add_target()
    worker = made.open_worker()
    await worker.look()
    await made.until_state(target_id, "sending")
    await until(lambda: len(airing.server.messages) > 80)
    assert airing.server.kinds() == {chunks.AUDIO, chunks.DATA}
    await worker.close()
    await made.change("delete from streams where id = $1", made.stream_id)


@pytest.mark.parametrize(
    "sql",
    [
        """
        update streams set status = 'ended', is_live = false, client_ref = null, ended_at = now()
         where id = $1
        """,
        "update streams set is_taken_down = true where id = $1",
        "update streams set audience = 'followers' where id = $1",
        "update restream_targets set is_enabled = false, version = version + 1 where id = $2",
        "delete from restream_targets where id = $2",
        "update users set suspended_at = now(), suspension_reason = 'other' where id = $3",
    ],
)
async def test_what_may_not_be_sent_any_more_stops_at_the_next_look(airing: Airing, sql: str):
    await airing.begin()
    target_id = await airing.add_target()
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "sending")
    values = [airing.stream_id, target_id, airing.owner.id]
    used = max(int(number) for number in "123" if f"${number}" in sql)
    await airing.change(sql.replace(f"${used}", "$1"), values[used - 1])
    await airing.ensure_stops(worker, target_id)
    assert airing.server.names()[-1] == "deleteStream"


def test_it_looks_so_often_that_what_is_sent_ends_within_two_seconds() -> None:
    assert jobs.LOOK_INTERVAL_S <= 1


async def test_only_public_streams_are_sent_unless_the_target_gets_others(airing: Airing):
    await airing.begin(audience="unlisted")
    plain, private = await airing.add_target(), await airing.add_target(sends_private=True)
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(private, "sending")
    assert await airing.state_of(plain) is None
    assert airing.server.connections == 1


async def test_a_refusal_is_tried_again_later_and_given_up_in_the_end(
    airing: Airing, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rules, "MAX_FAILURES", 2)
    airing.server.key = "another"
    await airing.begin()
    target_id = await airing.add_target(key="a-secret-key")
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "waiting", "refused")
    assert await airing.state_of(target_id) == ("waiting", "refused", 1)
    # Not before its pause is over.
    await worker.look()
    assert airing.server.connections == 1
    await airing.change("update stream_restreams set retry_at = now()")
    await worker.look()
    await airing.until_state(target_id, "failed", "refused")
    await worker.look()
    assert airing.server.connections == 2
    # A change tries it again.
    airing.server.key = "a-secret-key"
    await airing.change("update restream_targets set version = version + 1")
    await worker.look()
    await airing.until_state(target_id, "sending")
    assert await airing.state_of(target_id) == ("sending", None, 0)
    said = capfd.readouterr()
    assert "restream_ended" in said.out + said.err
    assert "a-secret-key" not in said.out + said.err


async def test_a_connection_that_drops_is_made_again(airing: Airing):
    airing.server.drop_after = 20
    await airing.begin()
    target_id = await airing.add_target()
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "waiting", "disconnected")
    airing.send()
    await airing.change("update stream_restreams set retry_at = now()")
    await worker.look()
    await airing.until_state(target_id, "sending")
    assert airing.server.connections == 2


async def test_two_workers_never_send_to_one_target(airing: Airing):
    await airing.begin()
    target_id = await airing.add_target()
    workers = [airing.open_worker() for _ in range(3)]
    await asyncio.gather(*(worker.look() for worker in workers))
    await airing.until_state(target_id, "sending")
    await asyncio.gather(*(worker.look() for worker in workers))
    assert (airing.server.connections, airing.server.most_open) == (1, 1)


async def test_what_a_killed_worker_sent_goes_on_once_its_lease_is_over(airing: Airing):
    await airing.begin()
    target_id = await airing.add_target()
    sql = """
        insert into stream_restreams (target_id, stream_id, target_version, state, since,
                                      worker_id, leased_until)
             values ($1, $2, 1, 'sending', now(), $3, now() + interval '5 seconds')
    """
    await airing.change(sql, target_id, airing.stream_id, new_id())
    worker = airing.open_worker()
    await worker.look()
    assert airing.server.connections == 0
    await airing.change("update stream_restreams set leased_until = now()")
    await worker.look()
    await airing.until_state(target_id, "sending")
    await until(lambda: airing.server.connections == 1)


async def test_a_worker_whose_lease_was_taken_stops(
    airing: Airing, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(restreamer, "_RENEW_AFTER_S", 0)
    await airing.begin()
    target_id = await airing.add_target()
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "sending")
    await airing.change("update stream_restreams set worker_id = $1", new_id())
    await worker.look()
    await until(lambda: airing.server.open == 0)
    # That of the other stays.
    assert await airing.state_of(target_id) == ("sending", None, 0)


async def test_a_worker_that_can_not_renew_its_leases_sends_nothing(
    airing: Airing, monkeypatch: pytest.MonkeyPatch
):
    await airing.begin()
    target_id = await airing.add_target()
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "sending")
    monkeypatch.setattr(rules, "STOP_AFTER_S", 0)
    airing.send()
    await airing.until_state(target_id, "waiting", "interrupted")
    assert airing.server.open == 0


async def test_no_more_are_sent_at_once_than_the_setting_says(airing: Airing):
    await airing.begin()
    first, second = await airing.add_target(), await airing.add_target()
    worker = airing.open_worker(at_once=1)
    for _ in range(2):
        await worker.look()
    await airing.until_state(first, "sending")
    await airing.until_state(second, "waiting", "busy")
    await airing.change("delete from restream_targets where id = $1", first)
    await worker.look()
    await until(lambda: airing.server.open == 0)

    async def is_sent() -> bool:
        await worker.look()
        found = await airing.state_of(second)
        return found is not None and found[0] == "sending"

    await until(is_sent)
    assert airing.server.most_open == 1
    off = airing.open_worker(at_once=0)
    await off.look()


async def test_a_private_address_is_not_tried_again(airing: Airing):
    await airing.begin()
    target_id = await airing.add_target()
    worker = airing.open_worker(hosts=[])
    await worker.look()
    await airing.until_state(target_id, "failed", "private_address")
    assert airing.server.connections == 0


async def test_a_key_that_can_not_be_decrypted_has_its_reason(airing: Airing):
    await airing.begin()
    target_id = await airing.add_target()
    await airing.change("update restream_targets set sealed = 'lost'")
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "failed", "key_lost")


async def test_what_is_no_sound_and_no_picture_has_its_reason(airing: Airing):
    await airing.begin()
    for each in airing.folder.glob("*.ts"):
        each.write_bytes(b"\x47" * 188 * 20)
    target_id = await airing.add_target()
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "waiting", "unfit_media")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("hangs", "no_answer"), ("is no rtmp", "no_rtmp"), ("refuses the application", "refused")],
)
async def test_each_fault_has_its_reason(
    airing: Airing, fault: str, reason: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(publisher, "ANSWER_WITHIN_S", 0.4)
    airing.server.fault = fault
    await airing.begin()
    target_id = await airing.add_target()
    await airing.open_worker().look()
    await airing.until_state(target_id, "waiting", reason)


async def test_a_wrong_certificate_has_its_reason(
    airing: Airing, segments: list[Path], tmp_path: Path
):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificates.write(tmp_path, "localhost"))
    encrypted = FakeRtmpServer()
    async with encrypted.listening(context):
        made = Airing(airing.services, airing.owner, segments, encrypted)
        await made.begin()
        target_id = await made.add_target(url=f"rtmps://{encrypted.address}/app")
        worker = made.open_worker()
        await worker.look()
        await made.until_state(target_id, "waiting", "certificate")
        await worker.close()
    await made.change("delete from streams where id = $1", made.stream_id)
    assert encrypted.commands == []


async def test_after_a_break_it_begins_anew(airing: Airing, monkeypatch: pytest.MonkeyPatch):
    await airing.begin()
    target_id = await airing.add_target()
    worker = airing.open_worker()
    await worker.look()
    await airing.until_state(target_id, "sending")
    airing.send(is_break=True)
    await airing.until_state(target_id, "waiting", "interrupted")
    assert await airing.state_of(target_id) == ("waiting", "interrupted", 0)
    airing.send()
    await airing.change("update stream_restreams set retry_at = now()")
    await worker.look()
    await airing.until_state(target_id, "sending")
    # Without anything for some time it ends, too.
    monkeypatch.setattr(transmission, "FRESH_S", 0.3)
    airing.send()
    await airing.until_state(target_id, "waiting", "interrupted")


async def test_streams_of_other_machines_are_left_to_these(airing: Airing):
    await airing.begin()
    target_id = await airing.add_target()
    for each in airing.folder.iterdir():
        each.unlink()
    await airing.open_worker().look()
    assert await airing.state_of(target_id) is None
