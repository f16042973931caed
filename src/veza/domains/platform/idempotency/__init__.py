"""Requests that are sent twice, and done and answered once.

Owns the table `idempotency_keys`. Announces nothing. Never knows what was asked for: it keeps a
fingerprint of the request, and the bytes of the answer, for a day.
"""
