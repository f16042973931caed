"""Reviews of products by their buyers, with answers of the sellers.

Owns the table `reviews`. Emits no events. Reacts to `UserSuspended` and `UserUnsuspended`, so that
reviews by suspended members don't count. The average ratings are stored in `products`.
"""
