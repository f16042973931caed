"""Notifications: what members are told of, of all that happens elsewhere.

Announces nothing to other domains. Never is called by a domain that causes something: it reacts to
their events.
"""
