-- Every unpaid order expires. Those whose payment failed were never asked about again, and could be
-- paid at their old price for ever: they are asked about once more, and cancelled.
update orders
   set poll_at = now()
 where status = 'failed' and poll_at is null;
