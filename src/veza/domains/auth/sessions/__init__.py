"""Sessions: for how long somebody is signed in, on which device, and with what tokens.

Owns the tables `sessions` and `refresh_tokens`. Announces in the table of revisions the topic
`session_ended`. Never knows an account: whom tokens are for, and in which role, it is told.
"""
