"""The publisher delivers all messages, and raises one exception for each fault of a server."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.rtmp_server import FakeRtmpServer
from tests.infra.waiting import until
from tests.support import certificates
from veza.core.rtmp_servers import read_server
from veza.infra.rtmp import chunks, failures, publisher
from veza.infra.rtmp.chunks import RtmpMessage
from veza.infra.rtmp.publisher import RtmpPublisher, publishing

SOUND = RtmpMessage(chunks.AUDIO, 0, 40, b"\xaf\x01" + bytes(500))
PICTURE = RtmpMessage(chunks.VIDEO, 0, 80, b"\x17\x01" + bytes(range(256)) * 100)
ABOUT = RtmpMessage(chunks.DATA, 0, 0, b"\x02\x00\x0aonMetaData\x05")


@pytest.fixture
def server() -> FakeRtmpServer:
    return FakeRtmpServer()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANSWER_WITHIN_S", "STALLED_AFTER_S", "CONNECT_WITHIN_S"):
        monkeypatch.setattr(publisher, name, 0.4)


@asynccontextmanager
async def connected(
    server: FakeRtmpServer, key: str = "the-key", *, scheme: str = "rtmp", host: str = "127.0.0.1"
) -> AsyncGenerator[RtmpPublisher]:
    address = f"{host}:{server.port}"
    to = read_server(f"{scheme}://{address}/app", {address})
    async with publishing(to, key, ssl.create_default_context()) as made:
        yield made


async def test_sound_pictures_and_data_arrive_as_they_were(server: FakeRtmpServer):
    late = RtmpMessage(chunks.AUDIO, 0, 0x01000010, b"\xaf\x01" + bytes(9000))
    async with server.listening():
        async with connected(server) as made:
            for each in (ABOUT, SOUND, PICTURE, late):
                await made.send(each)
        await until(lambda: server.open == 0)
    assert server.names() == [
        *("connect", "releaseStream", "FCPublish", "createStream", "publish", "deleteStream"),
    ]
    assert server.commands[4][3:] == ["the-key", "live"]
    about = server.commands[0][2]
    assert isinstance(about, dict)
    # The key is nowhere else.
    assert about["app"] == "app"
    assert about["tcUrl"] == f"rtmp://127.0.0.1:{server.port}/app"
    data, *media = server.messages
    assert data.content == b"\x02\x00\x0d@setDataFrame" + ABOUT.content
    assert [(each.kind, each.time_ms, each.content) for each in media] == [
        (each.kind, each.time_ms, each.content) for each in (SOUND, PICTURE, late)
    ]
    assert {each.stream_id for each in server.messages} == {1}


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ("hangs", failures.NoAnswer),
        ("is no rtmp", failures.NoRtmp),
        ("refuses the application", failures.ServerRefused),
        ("is busy", failures.ServerRefused),
    ],
)
@pytest.mark.usefixtures("quick")
async def test_each_fault_has_a_name(
    server: FakeRtmpServer, fault: str, failure: type[failures.PublishFailed]
):
    server.fault = fault
    async with server.listening():
        with pytest.raises(failure) as raised:
            async with connected(server):
                pass
    assert "the-key" not in str(raised.value)


async def test_a_wrong_key_is_refused(server: FakeRtmpServer):
    async with server.listening():
        with pytest.raises(failures.ServerRefused) as raised:
            async with connected(server, "another-key"):
                pass
    assert "another-key" not in repr(raised.value)


async def test_where_nobody_listens_nothing_is_reached(server: FakeRtmpServer):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server.port = taken.getsockname()[1]
        with pytest.raises(failures.HostUnreachable):
            async with connected(server):
                pass


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001"])
async def test_a_name_of_a_private_address_is_not_connected_with(server: FakeRtmpServer, host: str):
    async with server.listening():
        to = read_server(f"rtmp://{host}:{server.port}/app")
        with pytest.raises(failures.HostPrivate):
            async with publishing(to, "the-key", ssl.create_default_context()):
                pass
    assert server.connections == 0


async def test_an_unknown_host_is_told(monkeypatch: pytest.MonkeyPatch):
    async def find_nothing(*_: object) -> list[str]:
        raise socket.gaierror

    monkeypatch.setattr(publisher, "resolve", find_nothing)
    to = read_server("rtmp://live.example.org/app")
    with pytest.raises(failures.HostUnknown):
        async with publishing(to, "the-key", ssl.create_default_context()):
            pass


async def test_a_server_that_ends_the_connection_is_noticed_without_sending(
    server: FakeRtmpServer,
):
    server.drop_after = 1
    async with server.listening(), connected(server) as made:
        await made.send(SOUND)
        async with asyncio.timeout(5):
            with pytest.raises(failures.ServerGone):
                await made.listen()
        with pytest.raises(failures.ServerGone):
            await made.send(SOUND)


@pytest.mark.usefixtures("quick")
async def test_a_server_that_reads_nothing_is_given_up_and_little_waits(server: FakeRtmpServer):
    server.fault = "reads nothing"
    sent: list[int] = []

    async def send_on(made: RtmpPublisher) -> None:
        while True:
            await made.send(PICTURE)
            sent.append(len(PICTURE.content))

    async with server.listening(), connected(server) as made:
        with pytest.raises(failures.ServerTooSlow):
            await send_on(made)
    # What the system and both ends buffer.
    assert sum(sent) < 16 * 1024 * 1024


async def test_tls_is_verified(server: FakeRtmpServer, tmp_path: Path):
    paths = certificates.write(tmp_path, "localhost")
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(*paths)
    trusting = ssl.create_default_context(cafile=str(paths[0]))
    async with server.listening(own):
        # Signed by nobody that is known.
        with pytest.raises(failures.CertificateWrong):
            async with connected(server, scheme="rtmps"):
                pass
        address = f"localhost:{server.port}"
        to = read_server(f"rtmps://{address}/app", {address})
        async with publishing(to, "the-key", trusting) as made:
            await made.send(SOUND)
        certificates.write(tmp_path, "other.test")
        other = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        other.load_cert_chain(*paths)
    trusting = ssl.create_default_context(cafile=str(paths[0]))
    async with server.listening(other):
        # Known, but of another host.
        with pytest.raises(failures.CertificateWrong):
            async with publishing(to, "the-key", trusting):
                pass
    assert server.names().count("publish") == 1


async def test_without_tls_at_the_other_end_the_certificate_is_wrong(server: FakeRtmpServer):
    server.fault = "is no rtmp"
    async with server.listening():
        with pytest.raises(failures.PublishFailed):
            async with connected(server, scheme="rtmps"):
                pass
    assert server.commands == []
