-- Payment methods that the sandbox keeps, and payments that are charged to them later.

alter table sandbox_payments
    -- The id under which providers know the member; null once they are erased.
    add column customer_id  text check (length(customer_id) between 1 and 64),
    add column keeps_method boolean not null default false,
    -- The method that was kept, or is charged. It may be forgotten since.
    add column method_id    text check (length(method_id) between 1 and 64),
    add column is_charge    boolean not null default false;

create index sandbox_payments_customer_id on sandbox_payments (customer_id)
    where customer_id is not null;

create table sandbox_methods (
    id            text primary key check (length(id) between 1 and 64),
    customer_id   text not null check (length(customer_id) between 1 and 64),
    -- The result of the next charges.
    later_charges text not null check (later_charges in ('succeeded', 'declined',
                                                         'action_required')),
    created_at    timestamptz not null default now()
);

create index sandbox_methods_customer_id on sandbox_methods (customer_id);
