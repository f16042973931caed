-- Every unpaid order expires. Orders with a failed payment were never polled again, and could be
-- paid at their old price for ever: they are polled once more, and cancelled.
update orders
   set poll_at = now()
 where status = 'failed' and poll_at is null;
