-- A suspended member can't sign in, and their content is hidden, until the suspension is lifted.
alter table users
    add column suspended_at      timestamptz,
    add column suspension_reason text check (length(suspension_reason) <= 1000),
    add column email_verified_at timestamptz,
    add constraint users_suspension_check
        check ((suspended_at is null) = (suspension_reason is null));

create index users_suspended_at on users (suspended_at) where suspended_at is not null;
-- Few: lists leave out what these members own.
create index users_suspended on users (id) where suspended_at is not null;
