"""Orders: the checkout, the state of each order, licences, downloads, and lists for sellers.

Owns the tables `orders`, `order_items`, `order_item_parts`, `order_item_reductions`,
`order_disputes`, `dispute_shares`, `licences`, `flag_clearances`, `sold_tracks`, `guest_orders`,
`gifts`, `order_places`.
"""
