"""What is sealed opens for whom it is about, with its key, and for nobody else."""

import pytest

from veza.infra.security.encryption import DecryptionFailed, Encrypted, Encryptor

OLD, NEW = "o" * 43, "n" * 43


def test_what_was_sealed_is_opened():
    sealing = Encryptor(lambda: [OLD])
    sealed = sealing.encrypt("live_secret", "me")
    assert sealed.number == 1
    assert b"secret" not in sealed.content
    assert sealing.decrypt(sealed, "me") == "live_secret"


def test_the_same_is_never_sealed_the_same():
    sealing = Encryptor(lambda: [OLD])
    assert len({sealing.encrypt("x", "me").content for _ in range(20)}) == 20


def test_the_newest_key_seals_and_former_ones_open():
    before = Encryptor(lambda: [OLD]).encrypt("x", "me")
    sealing = Encryptor(lambda: [OLD, NEW])
    assert sealing.decrypt(before, "me") == "x"
    assert sealing.encrypt("x", "me").number == 2


def test_a_key_that_another_process_drew_is_learnt():
    keys = [OLD]
    sealing = Encryptor(lambda: list(keys))
    keys.append(NEW)
    later = Encryptor(lambda: [OLD, NEW]).encrypt("x", "me")
    assert sealing.decrypt(later, "me") == "x"


def test_in_the_place_of_another_it_opens_for_nobody():
    sealing = Encryptor(lambda: [OLD])
    with pytest.raises(DecryptionFailed):
        sealing.decrypt(sealing.encrypt("x", "me"), "you")


@pytest.mark.parametrize("number", [-1, 0, 2, 2**31 - 1])
def test_a_number_that_no_key_has_opens_nothing(number: int):
    sealing = Encryptor(lambda: [OLD])
    with pytest.raises(DecryptionFailed):
        sealing.decrypt(Encrypted(sealing.encrypt("x", "me").content, number), "me")


@pytest.mark.parametrize("place", range(0, 30, 3))
def test_a_changed_bit_breaks_the_seal(place: int):
    sealing = Encryptor(lambda: [OLD])
    content = bytearray(sealing.encrypt("x", "me").content)
    content[place % len(content)] ^= 1
    with pytest.raises(DecryptionFailed):
        sealing.decrypt(Encrypted(bytes(content), 1), "me")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 12, b"x" * 27])
def test_what_is_no_seal_at_all_is_broken(content: bytes):
    with pytest.raises(DecryptionFailed):
        Encryptor(lambda: [OLD]).decrypt(Encrypted(content, 1), "me")
