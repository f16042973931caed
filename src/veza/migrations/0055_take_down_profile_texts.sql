-- Staff takes the texts of a profile down. Meanwhile they are empty, and what the owner wrote, or
-- writes now, is kept beside them: null unless taken down.

alter table users
    add column owner_bio text check (length(owner_bio) <= 1000),
    add constraint users_taken_down check (owner_bio is null or bio = '');
alter table profiles
    add column owner_texts jsonb check (jsonb_typeof(owner_texts) = 'object'),
    add constraint profiles_taken_down
        check (owner_texts is null or (place = '' and contact = '' and links = '[]'));
