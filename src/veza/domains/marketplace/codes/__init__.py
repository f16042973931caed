"""Download codes: printed or sent by sellers, each gives a product once.

Owns the tables `code_batches` and `download_codes`. A code is redeemed by an order without money,
so that licences, invoices, sales counts and exports are those of any other order.
"""
