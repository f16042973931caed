"""The frames, codes and limits in `docs/chat.md` are true."""

import re

import msgspec

from tests.domains.realtime.documentation_steps import PAGE, blocks
from veza.domains.chat.messages.models.lists import HistoryCursor
from veza.domains.chat.messages.rules import encode_history_cursor
from veza.domains.realtime import models, rules
from veza.domains.realtime.sockets import find_token
from veza.server.websocket_sender import CloseCode


def types_in(title: str) -> set[str]:
    section = PAGE.split(f"### {title}\n")[1].split("\n#")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def tags_below(parent: type) -> set[str]:
    return {str(kind.__struct_config__.tag) for kind in parent.__subclasses__()}


def test_every_frame_of_the_client_that_is_shown_can_be_read() -> None:
    frames = blocks("json")[0].splitlines()
    read = [msgspec.json.decode(frame, type=models.AnyFrame) for frame in frames]
    assert len({type(frame) for frame in read}) == 10


def test_every_frame_type_is_documented() -> None:
    assert types_in("Frames of the client") == tags_below(models.ClientFrame)
    assert types_in("Frames of the server") == set(models.FrameType)


def test_documented_limits_and_close_codes_are_true() -> None:
    for code in (
        CloseCode.TOO_BIG,
        CloseCode.INTERNAL_ERROR,
        CloseCode.SERVICE_RESTART,
        CloseCode.TRY_AGAIN_LATER,
    ):
        assert f"\n| {int(code)} |" in PAGE
    for code in (
        rules.CLOSE_NOT_SIGNED_IN,
        rules.CLOSE_TOO_MANY_FRAMES,
        rules.CLOSE_TOO_MANY_SOCKETS,
        rules.CLOSE_PING_TIMEOUT,
    ):
        assert f"\n| {code} |" in PAGE
    assert f"{rules.MAX_BYTES_PER_SECOND // 1024} KiB a second" in PAGE


def test_the_documented_cursor_is_valid() -> None:
    assert (
        f'"seq": 42, "number": 40, "cursor": "{encode_history_cursor(HistoryCursor(42))}"' in PAGE
    )


def test_the_token_of_a_subprotocol_counts_first() -> None:
    scope = {"subprotocols": ["other", "veza.chat.abc"], "query_string": b"token=def"}
    assert find_token(scope) == ("abc", "veza.chat.abc")
    assert find_token({"query_string": b"a=b&token=d%2Ef"}) == ("d.f", None)
    assert find_token({"query_string": b""}) == (None, None)


def test_a_client_has_forty_lines() -> None:
    for language, comment in (("python", "#"), ("javascript", "//")):
        (program,) = blocks(language)
        lines = [line.strip() for line in program.splitlines()]
        assert len([line for line in lines if line and not line.startswith(comment)]) <= 40
