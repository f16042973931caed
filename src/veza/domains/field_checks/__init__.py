"""Field checks: whether a value would be accepted, before a form is sent.

Owns no table. Never reveals whether a name or an address is taken. Other domains check the values
that belong to them.
"""
