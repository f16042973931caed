"""Validation: whether a value would be accepted, before a form is sent.

Owns no table. Never reveals whether a name or an address is taken. The rules of other domains are
asked from them.
"""
