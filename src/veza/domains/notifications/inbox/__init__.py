"""Notifications: what members are told of, of all that happens elsewhere.

Owns the tables `notifications` and `notification_actors`. Announces nothing to other
domains, and `notified` in the table of revisions. Reacts to the events of all who have something to
tell. Never is called by a domain that causes something, and never keeps names or words: it reads
them where they are, at the moment in which they are shown.
"""
