"""What members order, pay for and get: the checkout, their orders, the files of what they bought.

Owns no table: an order's state is kept and moved by `orders`.
"""
