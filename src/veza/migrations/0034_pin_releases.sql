-- What the page of a profile shows first.

alter table profiles
    add column pinned_release_id uuid references releases on delete set null;

create index profiles_pinned_release_id on profiles (pinned_release_id)
    where pinned_release_id is not null;
