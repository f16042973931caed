"""Orders: how each stands, what moves it, and who has what was bought.

Owns the tables `orders`, `order_items`, `order_disputes`, `dispute_shares`, `licences`,
`flag_clearances`.
"""
