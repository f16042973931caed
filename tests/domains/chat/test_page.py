"""What `docs/chat.md` shows is so: each frame, each code, and both clients as they stand there."""

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests import make
from tests.architecture.source import ROOT
from tests.domains.chat.talking import talking
from tests.journeys.served import Server
from veza.app.services import Services
from veza.domains.chat import models, rules
from veza.domains.chat.sockets import find_token
from veza.domains.messages.models import Place
from veza.domains.messages.rules import encode_place
from veza.infra.sockets import Close

PAGE = (ROOT / "docs" / "chat.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def types_in(title: str) -> set[str]:
    section = PAGE.split(f"### {title}\n")[1].split("\n#")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def tags_below(parent: type) -> set[str]:
    return {str(kind.__struct_config__.tag) for kind in parent.__subclasses__()}


def test_every_frame_of_the_client_that_is_shown_can_be_read() -> None:
    frames = blocks("json")[0].splitlines()
    read = [msgspec.json.decode(frame, type=models.AnyFrame) for frame in frames]
    assert len({type(frame) for frame in read}) == 10


def test_every_type_of_frame_is_told_of() -> None:
    assert types_in("Frames of the client") == tags_below(models.Incoming)
    assert types_in("Frames of the server") == tags_below(models.Outgoing)


def test_the_limits_and_codes_are_those_that_hold() -> None:
    for code in (Close.TOO_BIG, Close.CRASHED, Close.RESTARTING, Close.TRY_LATER):
        assert f"\n| {int(code)} |" in PAGE
    for code in (
        rules.NOT_SIGNED_IN,
        rules.TOO_MANY_FRAMES,
        rules.TOO_MANY_SOCKETS,
        rules.NOT_THERE,
    ):
        assert f"\n| {code} |" in PAGE
    assert f"{rules.BYTES_A_SECOND // 1024} KiB a second" in PAGE


def test_the_cursor_that_is_shown_is_one_of_the_message() -> None:
    assert f'"seq": 42, "number": 40, "cursor": "{encode_place(Place(42))}"' in PAGE


def test_the_token_of_a_subprotocol_counts_first() -> None:
    scope = {"subprotocols": ["other", "veza.chat.abc"], "query_string": b"token=def"}
    assert find_token(scope) == ("abc", "veza.chat.abc")
    assert find_token({"query_string": b"a=b&token=d%2Ef"}) == ("d.f", None)
    assert find_token({"query_string": b""}) == (None, None)


def _find_node() -> list[str]:
    """Node.js with `WebSocket` in it, which older ones have behind an option."""
    for options in ([], ["--experimental-websocket"]):
        command = [shutil.which("node") or "no-node-here", *options]
        try:
            probe = subprocess.run(
                [*command, "-e", "new WebSocket('ws://localhost:1').onerror = () => {}"],
                capture_output=True,
                check=False,
                timeout=60,
            )
        except OSError:
            break
        if probe.returncode == 0:
            return command
    pytest.skip("There is no Node.js here that knows WebSockets.")


@pytest.mark.parametrize("language", ["python", "javascript"])
async def test_the_client_that_is_shown_fails_where_it_is_not_let_in(
    served: Services, server: Server, tmp_path: Path, language: str
) -> None:
    command = [sys.executable] if language == "python" else _find_node()
    program = tmp_path / ("chat.py" if language == "python" else "chat.mjs")
    program.write_text(blocks(language)[0])
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "group", ben))
    running = await asyncio.create_subprocess_exec(
        *(*command, str(program), server.url, ann.token, place),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, complaints = await running.communicate(b"May I come in?\n")
    assert b"conversation_not_found" in complaints
    assert running.returncode == 1


@pytest.mark.parametrize("language", ["python", "javascript"])
async def test_the_client_that_is_shown_talks(
    served: Services, server: Server, address: str, tmp_path: Path, language: str
) -> None:
    command = [sys.executable] if language == "python" else _find_node()
    program = tmp_path / ("chat.py" if language == "python" else "chat.mjs")
    program.write_text(blocks(language)[0])
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    async with talking(served, address, ben) as (other,):
        await other.done("join", conversation_id=place)
        running = await asyncio.create_subprocess_exec(
            *(*command, str(program), server.url, ann.token, place),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert running.stdin
        assert running.stdout
        # It is too long, and stays so however often it is sent.
        running.stdin.write(b"x" * 5000 + b"\nIs anybody there?\n")
        heard = await other.hear("message", content="Is anybody there?")
        assert heard["sender"]["id"] == str(ann.id)
        await other.done("message", conversation_id=place, content="Somebody is.")

        shown = b""
        async with asyncio.timeout(60):
            while b"Somebody is." not in shown:
                line = await running.stdout.readline()
                assert line, shown
                shown += line
            running.stdin.close()
            assert await running.wait() == 0
        assert f"{ben.username}: Somebody is.\n" in shown.decode()
