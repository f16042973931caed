"""The publishing state of a stream, for any order of hooks and times."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.access import Role
from veza.core.errors import Invalid
from veza.core.ids import StreamId, UserId
from veza.core.signed_urls import REVIEW_LIFETIME_S, UrlSigner
from veza.domains.live.errors import PublishRefused, StreamNotLive
from veza.domains.live.models.forms import StreamForm
from veza.domains.live.models.stored_streams import StreamState, StreamStatus
from veza.domains.live.rules import audiences, descriptions, encoders, media, states
from veza.domains.live.rules.audiences import TicketHolder

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DRAFT = StreamState()
STREAM = StreamId(UUID(int=7))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def live(since: float = 0, client_ref: str = "7") -> StreamState:
    return states.start_publishing(DRAFT, client_ref, at(since))


def test_a_ticket_of_staff_ends_with_its_look_and_that_of_a_viewer_half_a_day_later():
    signer = UrlSigner(b"k" * 32, "")
    lasts = {}
    for holder in (TicketHolder(UserId(UUID(int=1))), TicketHolder(is_staff=True)):
        _, expires, _ = audiences.write_ticket(signer, STREAM, holder, NOON).split(".")
        lasts[holder.is_staff] = int(expires) - NOON.timestamp()
    assert lasts == {False: 12 * 3600, True: REVIEW_LIFETIME_S}


def test_a_draft_goes_live_when_its_encoder_connects():
    state = live()
    assert (state.status, state.is_live, state.started_at, state.seen_at) == (
        StreamStatus.LIVE,
        True,
        NOON,
        NOON,
    )


def test_a_second_encoder_is_refused_while_the_first_publishes():
    with pytest.raises(PublishRefused):
        states.start_publishing(live(), "8", at(1))


def test_an_encoder_of_another_ingest_replaces_a_silent_one():
    state = states.confirm_publishing(live(client_ref="a/7"), "a/7", at(2))
    for client_ref, seconds in (("b/1", 4.9), ("a/8", 5), ("a/8", 14.9)):
        with pytest.raises(PublishRefused):
            states.start_publishing(state, client_ref, at(seconds))
    back = states.start_publishing(state, "b/1", at(5))
    assert (back.client_ref, back.seen_at, back.started_at) == ("b/1", at(5), NOON)
    with pytest.raises(PublishRefused):
        states.confirm_publishing(back, "a/7", at(6))


def test_a_heartbeat_updates_the_time():
    assert states.confirm_publishing(live(), "7", at(2)).seen_at == at(2)


def test_a_silent_encoder_is_lost_after_fifteen_seconds():
    state = live()
    assert states.expire(state, at(14.9)) is state
    lost = states.expire(state, at(15))
    assert (lost.status, lost.is_live, lost.interrupted_at) == (StreamStatus.LIVE, False, at(15))


def test_a_heartbeat_of_a_lost_encoder_continues_the_stream():
    lost = states.expire(live(), at(15))
    back = states.confirm_publishing(lost, "7", at(20))
    assert (back.is_live, back.interrupted_at, back.started_at) == (True, None, NOON)


def test_an_encoder_that_reconnects_within_a_minute_continues():
    gone = states.interrupt(live(), at(30))
    assert states.expire(gone, at(89.9)) is gone
    back = states.start_publishing(gone, "8", at(89.9))
    assert (back.is_live, back.client_ref, back.started_at) == (True, "8", NOON)


def test_a_stream_ends_as_of_its_interruption():
    gone = states.interrupt(live(), at(30))
    over = states.expire(gone, at(90))
    assert (over.status, over.ended_at, over.interrupted_at) == (StreamStatus.ENDED, at(30), None)


def test_expiry_does_not_depend_on_when_it_runs():
    state = live()
    assert states.expire(state, at(100_000)) == states.expire(states.expire(state, at(16)), at(75))


def test_reports_about_a_disconnected_encoder_are_refused():
    gone = states.interrupt(live(), at(30))
    with pytest.raises(PublishRefused):
        states.confirm_publishing(gone, "7", at(31))


@pytest.mark.parametrize("state", [DRAFT, live(client_ref="8"), states.end(live(), at(9))])
def test_unexpected_encoders_are_refused(state: StreamState):
    with pytest.raises(PublishRefused):
        states.confirm_publishing(state, "7", at(10))


def test_a_second_disconnect_does_not_extend_the_minute():
    lost = states.expire(live(), at(15))
    assert states.interrupt(lost, at(40)).interrupted_at == at(15)


@pytest.mark.parametrize("state", [DRAFT, states.end(live(), at(9))])
def test_a_stream_that_is_not_live_is_neither_interrupted_nor_ended(state: StreamState):
    assert states.interrupt(state, at(10)) is state
    with pytest.raises(StreamNotLive):
        states.end(state, at(10))


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "hear", "hang_up", "end", "age"]),
        st.sampled_from(["a/1", "a/2", "b/1"]),
        st.floats(0, 80, allow_nan=False),
    ),
    max_size=30,
)


@given(_STEPS)
def test_any_sequence_of_hooks_leaves_a_valid_state(steps: list[tuple[str, str, float]]):
    state, moment = DRAFT, NOON
    for name, client_ref, pause in steps:
        moment += timedelta(seconds=pause)
        before = state = states.expire(state, moment)
        state = _step(state, name, client_ref, moment)
        assert state.is_live <= (state.status is StreamStatus.LIVE)
        is_interrupted = state.status is StreamStatus.LIVE and not state.is_live
        assert (state.interrupted_at is not None) == is_interrupted
        assert (state.started_at is None) == (state.status is StreamStatus.DRAFT)
        assert (state.ended_at is not None) == (state.status is StreamStatus.ENDED)
        assert state.client_ref is not None or not state.is_live
        assert before.status is not StreamStatus.ENDED or state == before
        assert before.started_at is None or state.started_at == before.started_at


def _step(state: StreamState, name: str, client_ref: str, moment: datetime) -> StreamState:
    try:
        match name:
            case "begin":
                over = state.status is StreamStatus.ENDED
                return state if over else states.start_publishing(state, client_ref, moment)
            case "hear":
                return states.confirm_publishing(state, client_ref, moment)
            case "hang_up":
                return states.interrupt(state, moment)
            case "end":
                return states.end(state, moment)
            case _:
                return state
    except (PublishRefused, StreamNotLive):
        return state


def test_keys_are_long_never_the_same_and_recognised():
    keys = {encoders.generate_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(encoders.is_key(key) for key in keys)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"name": ""},
        {"name": "live_short", "clientid": "7"},
        {"name": f"live_{'x' * 44}", "clientid": "7"},
        {"name": f"live_{'x' * 42}\0", "clientid": "7"},
        {"name": f"../{'x' * 43}", "clientid": "7"},
        {"name": f"live_{'x' * 43}", "clientid": ""},
        {"name": f"live_{'x' * 43}", "clientid": "7" * 40},
        {"name": f"live_{'x' * 43}", "clientid": "7\0"},
        {"name": f"live_{'x' * 43}\n", "clientid": "7"},
    ],
)
def test_forms_without_encoder_are_refused(form: dict[str, str]):
    with pytest.raises(PublishRefused):
        encoders.read_publisher(form, "nginx-1")


@pytest.mark.parametrize("ingest", ["a/b", "a b", "\0", "x" * 25, "é"])
def test_names_of_ingests_are_unambiguous(ingest: str):
    with pytest.raises(PublishRefused):
        encoders.read_publisher({"name": f"live_{'x' * 43}", "clientid": "7"}, ingest)


def test_an_encoder_is_read_with_its_connection_and_its_ingest_or_without():
    key, longest = f"live_{'x' * 43}", f"{2**32:x}-{2**22}"
    assert encoders.read_publisher({"name": key, "clientid": "7"}, longest).client_ref[-2:] == "/7"
    assert encoders.read_publisher({"name": key, "clientid": "7"}, "").client_ref == "/7"
    assert encoders.read_publisher({"name": key}, "a").client_ref == "a/-"


@pytest.mark.parametrize(
    "name",
    [
        *("index.m3u8", "0.ts", "1764100000000.ts", "rewind.m3u8", "master.m3u8"),
        *("sound.m3u8", "rewind-low.m3u8", "low-7.aac", "sound-1764100000000.aac"),
    ],
)
def test_file_names_of_the_ingest_are_served(name: str):
    assert media.is_file_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "index.m3u8\n", "Index.m3u8", "index.m3u8.bak", "1.m3u8", "..", "../secrets.json"),
        *("low-.aac", "low-1.ts", "rewind-low-1.aac", "mid.m3u8", "low-1.aac\n", "passing.ts"),
        *("a.ts", "-1.ts", "1.ts.bak", ".ts", "1.TS", f"{'1' * 21}.ts", "1\0.ts", "١.ts"),
    ],
)
def test_other_file_names_are_not_served(name: str):
    assert not media.is_file_name(name)


def test_details_are_trimmed_and_folded():
    form = StreamForm(" Dusk \n till dub ", " as it is ", " DJ  Set ", ["Hip Hop", "hip-hop", "?!"])
    words = descriptions.clean_form(form)
    assert (words.title, words.description) == ("Dusk till dub", " as it is ")
    assert (words.category, words.category_key) == ("DJ Set", "dj set")
    assert (words.tags, words.tag_keys) == (["Hip Hop", "hip-hop"], ["hiphop"])


def test_a_title_must_not_be_empty():
    with pytest.raises(Invalid):
        descriptions.clean_form(StreamForm(" \n "))


def test_a_room_has_the_shortened_title_of_its_stream():
    assert descriptions.room_name("x" * 200) == "x" * 100
    assert descriptions.room_name("x" * 99 + " and more") == "x" * 99


@pytest.mark.parametrize(
    ("role", "creators_only", "may"),
    [
        (Role.USER, False, True),
        (Role.USER, True, False),
        (Role.MODERATOR, True, False),
        (Role.CREATOR, True, True),
        (Role.ADMIN, True, True),
    ],
)
def test_a_server_may_restrict_streaming_to_creators(role: Role, creators_only: bool, may: bool):
    assert encoders.may_stream(role, creators_only=creators_only) is may


def test_the_playback_url_is_ours_or_that_of_a_cdn():
    stream_id = StreamId(UUID(int=1))
    own = media.playback_url("https://veza.test/api/v1", None, stream_id, stream_id)
    assert own == f"https://veza.test/api/v1/live/streams/{stream_id}/hls/master.m3u8"
    name = UUID(int=2)
    cdn = "https://cdn.test/live/"
    spread = media.playback_url("https://veza.test/api/v1", cdn, stream_id, name)
    assert spread == f"https://cdn.test/live/{name}/index.m3u8"
