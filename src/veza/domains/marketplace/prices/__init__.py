"""What a buyer pays: prices of products, and what is taken off them, each with its cause.

Owns no table: an order keeps the prices that it was placed at.
"""
