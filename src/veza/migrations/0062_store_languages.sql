-- The language of mails to members; null is English until they have chosen one.
alter table users
    add column language text check (language in ('en', 'de', 'fr', 'es'));

-- Of those who send notices without an account.
alter table copyright_notices
    add column language text not null default 'en' check (language in ('en', 'de', 'fr', 'es'));
