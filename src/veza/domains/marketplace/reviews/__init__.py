"""Reviews: what buyers say of what they bought, and what sellers answer.

Owns the table `reviews`. Announces nothing. Reacts to `UserSuspended` and `UserUnsuspended`, so
that what suspended members said is in no average. Never keeps an average: `products` does.
"""
