"""Push messages: notifications on the devices of members whose browsers subscribed.

Owns the table `push_subscriptions`. Emits no events. A subscription belongs to a session and ends
with it. What is pushed is read when it is sent, as the member sees it at that moment.
"""
