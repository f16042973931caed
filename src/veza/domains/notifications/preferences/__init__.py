"""Notification preferences: which kinds of notifications a member wants.

Owns the table `notification_preferences`. Announces nothing. `inbox` asks this domain for the
recipients of a notification, whose preferences stay locked until the notification is committed.
"""
