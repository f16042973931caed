"""Sign-up: who may create an account, invitations, newcomers who wait for approval.

Owns the tables `sign_up_policy`, `sign_up_requests`, `invitations` and `invited_members`. Emits
`SignUpDeclined`. The account itself belongs to `accounts`, which refuses to sign in who waits.
"""
