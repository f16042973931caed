"""HTTP clients as for accounts."""

from tests.domains.auth.accounts.conftest import browser, client

__all__ = ["browser", "client"]
