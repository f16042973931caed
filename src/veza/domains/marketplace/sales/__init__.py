"""What was sold: orders as their sellers see them, and as admins do, who look after the odd ones.

Owns no table: it reads those of `orders`.
"""
