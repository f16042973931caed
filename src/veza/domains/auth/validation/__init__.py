"""Validation: whether something would be taken, told before it is sent.

Owns no table. Announces nothing. Never tells whether a name or an address is taken, and has no
rules of its own for what another domain takes: it asks that domain.
"""
