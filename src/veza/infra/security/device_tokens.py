"""Tokens for devices that signed in before, as in OWASP's "Device Cookies". Nothing is stored.

A token has an id, the time of issue, and a signature over both, the account and the hash of its
password. It proves a past login with the current password on the device. It grants no access, and
only decides which limit on failed logins applies. A change of the password invalidates all tokens.
"""

import re
import secrets
import time
from datetime import timedelta

from veza.core.clock import has_passed
from veza.infra.security.secrets import DerivedKeys

LIFETIME = timedelta(days=180)
_PURPOSE = "device"
# The id, by which failures are counted, the time of issue and the signature.
_TOKEN = re.compile(r"([\w-]{22})\.([0-9]{1,12})\.([\w-]{22})", re.ASCII)


class DeviceTokens:
    """Issues and checks tokens."""

    def __init__(self, keys: DerivedKeys) -> None:
        self._keys = keys

    def issue(self, account: str, password_hash: str) -> str:
        """Return a new token for a device after a successful login."""
        device_id = secrets.token_urlsafe(16)
        issued = int(time.time())
        signature = self._sign(account, password_hash, device_id, issued)
        return f"{device_id}.{issued}.{signature}"

    def find_device(self, token: str, account: str, password_hash: str) -> str | None:
        """Return the id of the device; None unless the token was issued for this account."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        device_id = match[1]
        issued = int(match[2])
        signature = match[3]
        if has_passed(issued + int(LIFETIME.total_seconds())):
            return None
        expected = self._sign(account, password_hash, device_id, issued)
        return device_id if secrets.compare_digest(expected, signature) else None

    def _sign(self, account: str, password_hash: str, device_id: str, issued: int) -> str:
        return self._keys.sign(_PURPOSE, f"{device_id}.{issued}.{account}.{password_hash}")
