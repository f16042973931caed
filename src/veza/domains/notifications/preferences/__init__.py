"""Notification preferences: the kinds of notifications that a member receives.

Owns the table `notification_preferences`. Emits no events. `inbox` gets the recipients of a
notification from this domain; their preferences stay locked until the notification is committed.
"""
