"""Password hashes that cost next to nothing, for tests of what is around them.

The real ones take 20 ms of a core each, on purpose. `tests/infra/security/test_passwords.py` and
`tests/domains/auth/accounts/test_login_work.py` make real ones, and so do servers that tests start.
"""

from argon2 import PasswordHasher

from veza.infra.security.passwords import Passwords


class CheapPasswords(Passwords):
    """Hashes by the same algorithm, with one pass over 64 KiB."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        self._nobody = self._hasher.hash("nobody has this password")
