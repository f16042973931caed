-- Erasures of suspended members by staff: when, by whom and why, but not who was erased.
create table staff_erasures (
    id         uuid primary key,
    reason     text not null check (length(reason) between 1 and 1000),
    decided_by uuid references users on delete set null,
    erased_at  timestamptz not null default now()
);

create index staff_erasures_erased_at on staff_erasures (erased_at desc, id desc);
create index staff_erasures_decided_by on staff_erasures (decided_by);
