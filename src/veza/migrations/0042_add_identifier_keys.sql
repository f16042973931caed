-- Addresses and names are compared by these keys only: the text with A to Z lowered, the same on
-- every server by the collation "C". The program normalises lookups (`core/normalize.py`) and
-- accepts no address whose key would differ from its own result.
drop index users_search;
drop index users_email_key;
drop index users_username_key;

-- Addresses with letters beyond ASCII were accepted before that rule. They are changed to NFKC in
-- lower case. If another member has that form already, the address stays as it is and isn't found:
-- an administrator has to decide.
with changed as (
    select id,
           email as old_email,
           normalize(
               lower(
                   replace(normalize(email, nfkc), U&'\0130', U&'i\0307') collate "pg_c_utf8"
               ),
               nfkc
           ) as new_email
      from users
     where email ~ '[^\x01-\x7f]'
), renamed as (
       update users u
          set email = c.new_email
         from changed c
        where u.id = c.id
          and lower(c.old_email collate "C") <> c.new_email
          and length(c.new_email) <= 254
          and not exists (
                  select from users other
                   where other.id <> c.id and lower(other.email collate "C") = c.new_email
              )
          and not exists (
                  select from changed other
                   where other.id < c.id and other.new_email = c.new_email
              )
    returning u.id, c.old_email, u.email
)
update email_tokens t
   set email = r.email
  from renamed r
 where t.user_id = r.id and t.email = r.old_email;

alter table users
    add column email_key text not null
        generated always as (lower(email collate "C")) stored,
    add column username_key text not null
        generated always as (lower(username collate "C")) stored;

-- The names of the constraints stay: the previous version of the program uses them.
create unique index users_email_key on users (email_key);
create unique index users_username_key on users (username_key);
create index users_search on users using gin (username_key gin_trgm_ops, email_key gin_trgm_ops);

-- An earlier migration folded search texts in SQL, which keeps accents that the program removes:
-- the program writes these texts again, as after a change of name.
insert into outbox (name, payload)
     select 'UserRenamed', jsonb_build_object('user_id', u.id, 'username', u.username)
       from users u
      where exists (
                select from tracks t
                 where t.owner_id = u.id and array_to_string(t.tags, ' ') ~ '[^\x01-\x7f]'
            );
