"""Webhooks: events that payment and payout providers send, each processed once.

Owns the table `webhook_events`. Emits no events: changes of payments are passed to `orders`. An
event is only a hint: the current state is fetched from the provider.
"""
