-- Lines of variants keep the title of the product, which contracts name. What was looked up of the VAT
-- ids of buyers is deleted with them, and the id of the request is not kept.

update order_items i
   set variant = i.variant || jsonb_build_object('work', case
           when right(i.title, length(i.variant->>'title') + 3) = ' – ' || (i.variant->>'title')
           then left(i.title, length(i.title) - length(i.variant->>'title') - 3)
           else i.title end)
 where i.variant_id is not null and not i.variant ? 'work';

update orders
   set vat_check = case when buyer_id is not null or is_guest then vat_check - 'request_id' end
 where vat_check is not null;
