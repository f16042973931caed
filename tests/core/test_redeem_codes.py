"""Codes are random, and read as people type them."""

from veza.core import redeem_codes as rules


def test_codes_are_random_and_read_as_people_type_them():
    codes = {rules.generate_code() for _ in range(100)}
    assert len(codes) == 100
    code = "7KQ2M-0XH1T-9RBVW-C4D3Z"
    for typed in (
        code,
        code.lower(),
        f" {code} ",
        "7kq2moxhlt9rbvwc4d3z",
        "7KQ2M 0XHIT 9RBVW C4D3Z",
    ):
        assert rules.read_code(typed) == code.replace("-", "")
    for typed in ("", "7KQ2M", code + "A", code[:-1], code[:-1] + "U", "é" * 20, "\0" * 20):
        assert rules.read_code(typed) is None
    assert rules.hash_of(code) == rules.hash_of(code.replace("-", ""))
