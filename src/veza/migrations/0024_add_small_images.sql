-- Pictures of profiles are stored in several sizes: the bytes of the smaller ones, of 64, 128 and
-- 256 pixels.

alter table images
    add column small_bytes integer[] check (cardinality(small_bytes) = 3);
