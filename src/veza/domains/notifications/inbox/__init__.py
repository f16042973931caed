"""Notifications of members about events in other domains.

Owns the tables `notifications` and `notification_actors`. Emits `MembersNotified`, and signals
`notified` through the table of revisions. Reacts to events of the other domains, which never call
it. Stores ids only: names and texts are read when a notification is shown.
"""
