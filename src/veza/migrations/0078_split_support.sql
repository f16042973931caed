-- The tips and memberships of a profile are split as products and releases are.

alter table splits
    add column profile_id uuid references users on delete cascade,
    drop constraint splits_check,
    add constraint splits_have_one_target
        check (num_nonnulls(product_id, release_id, profile_id) = 1);

create index splits_profile_id on splits (profile_id) where profile_id is not null;
create unique index splits_profile_accepted on splits (profile_id) where status = 'accepted';
create unique index splits_profile_open on splits (profile_id)
    where status in ('proposed', 'declined');
