-- A flag by which a profile reserves text and data mining of what it publishes (Directive (EU) 2019/790,
-- article 4).

alter table profiles
    add column tdm_reserved boolean not null default false;

create index profiles_tdm_reserved on profiles (handle_key) where tdm_reserved;
