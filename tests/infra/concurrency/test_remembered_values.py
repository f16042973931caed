"""Remembered values: neither too old, nor from before a change, nor too many."""

from veza.infra.concurrency import remembered_values
from veza.infra.concurrency.remembered_values import RememberedValues


def _remembering(monkeypatch, most=10):
    clock = [1000.0]
    monkeypatch.setattr(remembered_values.time, "monotonic", lambda: clock[0])
    return RememberedValues[str, int](0.5, most), clock


def test_a_value_is_known_until_it_is_too_old(monkeypatch):
    known, clock = _remembering(monkeypatch)
    assert known.find("a") is None
    known.keep("a", 1, known.begin())
    clock[0] += 0.49
    assert known.find("a") == 1
    clock[0] += 0.02
    assert known.find("a") is None


def test_a_value_is_as_old_as_the_beginning_of_its_read(monkeypatch):
    known, clock = _remembering(monkeypatch)
    start = known.begin()
    clock[0] += 0.4
    known.keep("a", 1, start)
    clock[0] += 0.2
    assert known.find("a") is None


def test_a_change_forgets_everything(monkeypatch):
    known, _ = _remembering(monkeypatch)
    known.keep("a", 1, known.begin())
    known.forget()
    assert known.find("a") is None


def test_what_was_being_read_during_a_change_is_not_kept(monkeypatch):
    known, _ = _remembering(monkeypatch)
    before = known.begin()
    known.forget()
    known.keep("a", 1, before)
    assert known.find("a") is None


def test_the_number_of_values_is_bounded(monkeypatch):
    known, _ = _remembering(monkeypatch, most=3)
    for number in range(10):
        known.keep(str(number), number, known.begin())
        assert len(known) <= 3
        assert known.find(str(number)) == number
