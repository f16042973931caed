"""Statements on the proofs of a buyer's place, which are rows of `order_places`."""


def best_place(order_id: str) -> str:
    """Return a select of the country of the best proof of an order's place, if there is one."""
    return f"""
        (select w.country
           from order_places w
          where w.order_id = {order_id}
          order by array_position(array['declared', 'payment', 'network'], w.kind)
          limit 1)
    """


def has_two_proofs(order_id: str) -> str:
    """Return the condition that another proof agrees with the country that a buyer declared."""
    return f"""
        exists (select
                  from order_places d
                  join order_places w on w.order_id = d.order_id and w.kind <> d.kind
                 where d.order_id = {order_id} and d.kind = 'declared' and w.country = d.country)
    """
