"""Operation: what those who run the server need to know of it.

Owns no table yet. Announces nothing. Never decides for another domain: it asks the machines that
we depend on whether they are well.
"""
