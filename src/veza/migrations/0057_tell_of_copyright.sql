-- Take-downs by the program itself, and the contact for notices of copyright.

alter table takedowns add column automated boolean not null default false;

alter table site_profile
    add column copyright text check (length(copyright) between 1 and 40000);
