-- A track that was uploaded without a title has the name of its file, until the tags are read.

alter table tracks
    add column awaits_title boolean not null default false;
