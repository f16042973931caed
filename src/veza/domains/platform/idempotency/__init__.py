"""Idempotency keys: a request that is sent twice is carried out once.

Owns the table `idempotency_keys`. Emits no events. Stores a fingerprint of the request and the
bytes of the answer, for a day.
"""
