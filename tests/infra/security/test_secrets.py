"""Secrets of an installation, and the keys that are derived from one of them."""

import os
import stat
from pathlib import Path

import msgspec
import pytest

from veza.core.errors import CannotStart
from veza.infra.security.secrets import (
    DerivedKeys,
    Secrets,
    draw_sealing_key,
    list_former_secrets,
    load_secrets,
    renew_secrets,
)


def test_secrets_are_drawn_once_and_kept_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        drawn = load_secrets(tmp_path)
    finally:
        os.umask(before)

    path = tmp_path / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]
    assert load_secrets(tmp_path) == drawn
    values = [getattr(drawn, name) for name in Secrets.__struct_fields__]
    assert len(set(values)) == 8
    assert all(len(value) >= 43 for value in values)


def test_each_installation_has_secrets_of_its_own(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    one, other = (load_secrets(folder) for folder in folders)

    for name in Secrets.__struct_fields__:
        assert getattr(one, name) != getattr(other, name)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601, 0o777])
def test_secrets_that_others_can_get_at_stop_the_start(tmp_path: Path, mode: int) -> None:
    load_secrets(tmp_path)
    (tmp_path / "secrets.json").chmod(mode)

    with pytest.raises(CannotStart, match="chmod 600"):
        load_secrets(tmp_path)


DAMAGED = [b"", b"{", b"null", b"{}", b'{"master": 5}', b"\xff\xfe", b"[" * 100_000]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: str(content[:10]))
def test_damaged_secrets_stop_the_start_and_are_not_replaced(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "secrets.json"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(CannotStart, match="damaged"):
        load_secrets(tmp_path)
    assert path.read_bytes() == content


def test_a_missing_secret_stops_the_start(tmp_path: Path) -> None:
    drawn = msgspec.to_builtins(load_secrets(tmp_path))
    del drawn["valkey"]
    (tmp_path / "secrets.json").write_bytes(msgspec.json.encode(drawn))

    with pytest.raises(CannotStart, match="valkey"):
        load_secrets(tmp_path)


def test_secrets_of_an_older_version_are_completed_once_and_the_others_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    older = msgspec.to_builtins(load_secrets(tmp_path))
    younger = ("webhooks", "live_hooks", "sealing", "vapid")
    for name in younger:
        del older[name]
    path.write_bytes(msgspec.json.encode(older))

    completed = load_secrets(tmp_path)

    drawn = {name: getattr(completed, name) for name in younger}
    assert all(len(value) >= 43 for value in drawn.values())
    assert msgspec.to_builtins(completed) == older | drawn
    assert load_secrets(tmp_path) == completed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_the_same_for_one_purpose_and_another_for_another() -> None:
    keys = DerivedKeys("one secret")

    assert keys.derive("a") == DerivedKeys("one secret").derive("a")
    assert len(keys.derive("a")) == 32
    assert len({keys.derive("a"), keys.derive("b"), DerivedKeys("other").derive("a")}) == 3


def test_a_signature_holds_for_its_text_and_purpose_alone() -> None:
    keys = DerivedKeys("one secret")
    signature = keys.sign("link", "track/1")

    assert keys.is_signed("link", "track/1", signature)
    assert len(signature) == 22
    for purpose, text, given in (
        ("link", "track/2", signature),
        ("csrf", "track/1", signature),
        ("link", "track/1", signature[:-1]),
        ("link", "track/1", signature + "A"),
        ("link", "track/1", signature.swapcase()),
        ("link", "track/1", ""),
        ("link", "track/1", "é" * 22),
    ):
        assert not keys.is_signed(purpose, text, given)
    assert not DerivedKeys("other").is_signed("link", "track/1", signature)


def test_another_sealing_key_leaves_all_else_as_it_was(tmp_path: Path) -> None:
    before = load_secrets(tmp_path)
    draw_sealing_key(tmp_path)

    after = load_secrets(tmp_path)

    assert after.sealing_keys[:1] == before.sealing_keys
    assert len(set(after.sealing_keys)) == 2
    assert msgspec.structs.replace(after, sealing=before.sealing) == before


def test_all_secrets_are_renewed_and_what_reads_the_past_is_kept(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)
    assert list_former_secrets(tmp_path) == []
    renew_secrets(tmp_path)
    second = load_secrets(tmp_path)
    renew_secrets(tmp_path)
    third = load_secrets(tmp_path)

    for name in Secrets.__struct_fields__:
        assert len({getattr(each, name) for each in (first, second, third)}) == 3
    assert third.sealing_keys[:2] == second.sealing_keys
    assert second.sealing_keys[:1] == first.sealing_keys
    assert list_former_secrets(tmp_path) == [first.master, second.master]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
