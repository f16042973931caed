-- Perceptual hashes of pictures, and of those that were taken down, which stay when those are gone.

-- Null if the picture shows too little, or was stored before there were hashes.
alter table images add column hash bigint check (hash >= 0);

create table taken_down_pictures (
    takedown_id uuid not null references takedowns on delete cascade,
    hash        bigint not null check (hash >= 0),
    primary key (takedown_id, hash)
);
