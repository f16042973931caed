"""What members buy: orders from the checkout to the last cent, and who may have what was bought.

Owns the tables `orders`, `order_items`, `order_disputes`, `dispute_shares`, `licences`.
"""
