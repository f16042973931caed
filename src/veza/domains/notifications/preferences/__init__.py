"""Notification preferences: which kinds a member receives, which are pushed and which mailed.

Owns the table `notification_preferences`. Emits no events. `inbox` gets the recipients of a
notification from this domain; their preferences stay locked until the notification is committed.
"""
