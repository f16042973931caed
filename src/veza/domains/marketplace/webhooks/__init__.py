"""Webhooks: events that payment and payout providers send, each processed once.

Owns the table `webhook_events`. Announces nothing: it passes what happened to a payment to
`orders`. An event is only a hint: the provider is asked for the current state.
"""
