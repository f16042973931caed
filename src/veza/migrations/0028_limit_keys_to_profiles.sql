-- API keys that act as one profile. They end with their member's role in it.

alter table api_keys
    add column profile_id uuid,
    add constraint api_keys_role foreign key (profile_id, user_id)
        references profile_members (profile_id, user_id) on delete cascade;

create index api_keys_profile_id on api_keys (profile_id, user_id) where profile_id is not null;
