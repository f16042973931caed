-- Members of a tier pay less, and an upgrade takes off the rest of what was paid before.

alter table order_item_reductions
    drop constraint order_item_reductions_cause_check,
    add constraint order_item_reductions_cause_check
        check (cause in ('bundle', 'membership', 'upgrade', 'code'));
