-- App passwords that act as one profile. They end with their member's role in it.

alter table app_passwords
    add column profile_id uuid,
    add constraint app_passwords_role foreign key (profile_id, user_id)
        references profile_members (profile_id, user_id) on delete cascade;

create index app_passwords_profile_id on app_passwords (profile_id, user_id)
    where profile_id is not null;
-- Whose name players send.
create index app_passwords_named on app_passwords (coalesce(profile_id, user_id));
