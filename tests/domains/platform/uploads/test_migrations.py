"""What members had before there were counts is counted."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.infra.databases import execute, scratch
from veza.infra.postgres import migrate as module
from veza.infra.postgres.migrate import migrate, read_migrations

OWNER, BUYER = UUID(int=1), UUID(int=2)
TRACKS = [UUID(int=number) for number in range(10, 14)]

# What 0044 and 0046 find: tracks of each status and one that was deleted after it was sold, files
# of a product and an item, pictures, a content in two versions and sent.
BEFORE = f"""
    insert into users (id, username, email, password_hash, role)
         values ('{OWNER}', 'owner', 'owner@example.com', 'x', 'creator'),
                ('{BUYER}', 'buyer', 'buyer@example.com', 'x', 'user');
    insert into tracks (id, owner_id, title, visibility, status, failure_reason, duration_ms,
                        format)
         values ('{TRACKS[0]}', '{OWNER}', 'a', 'public', 'ready', null, 1, 'wav'),
                ('{TRACKS[1]}', '{OWNER}', 'b', 'public', 'processing', null, null, null),
                ('{TRACKS[2]}', '{OWNER}', 'c', 'public', 'failed', 'no', null, null);
    insert into track_media (track_id, filename, original_kind, original_size, original_hash)
         select t, 'a.wav', 'wav', 100, 'x'
           from unnest(array['{TRACKS[0]}', '{TRACKS[1]}', '{TRACKS[2]}', '{TRACKS[3]}']::uuid[]) t;
    insert into images (id, owner_id, width, height, size_bytes, palette)
         values ('{uuid4()}', '{OWNER}', 1, 1, 7, array[0, 0, 0, 0]);
    insert into products (id, seller_id, title, type, price_cents, currency, licence, status)
         values ('{TRACKS[0]}', '{OWNER}', 'p', 'album', 0, 'EUR', 'x', 'draft');
    insert into product_files (id, product_id, name, size_bytes, content_type, sha256, position)
         values ('{uuid4()}', '{TRACKS[0]}', 'a', 30, 'audio/wav', repeat('0', 64), 0);
    insert into gear (id, owner_id, name, currency, search_text)
         values ('{TRACKS[0]}', '{OWNER}', 'g', 'EUR', 'g');
    insert into gear_documents (id, gear_id, type, name, content_type, size_bytes, sha256)
         values ('{uuid4()}', '{TRACKS[0]}', 'invoice', 'a', 'text/plain', 5, repeat('0', 64));
    insert into blobs (sha256, id, size_bytes, refs) values (repeat('a', 64), '{uuid4()}', 9, 3);
    insert into files (id, owner_id, name, search_text, version)
         values ('{TRACKS[0]}', '{OWNER}', 'f', 'f', 1);
    insert into file_versions (id, file_id, version, sha256, size_bytes, content_type)
         select gen_random_uuid(), '{TRACKS[0]}', n, repeat('a', 64), 9, 'text/plain'
           from generate_series(1, 2) n;
    insert into file_snapshots (id, owner_id, name, sha256, size_bytes, content_type)
         values ('{uuid4()}', '{BUYER}', 'f', repeat('a', 64), 9, 'text/plain');
"""


@pytest.fixture
def shipped(monkeypatch):
    migrations = read_migrations()
    before = [one for one in migrations if one[0] < "0044"]
    monkeypatch.setattr(module, "read_migrations", lambda: list(before))
    return lambda: before.extend(one for one in migrations if one[0] >= "0044")


@pytest.mark.long
async def test_what_was_there_is_counted(services, shipped):
    async with scratch(services) as fresh:
        await migrate(fresh.owner_url, fresh.app_url)
        raw = await asyncpg.connect(fresh.owner_url)
        try:
            await raw.execute(BEFORE)
        finally:
            await raw.close()
        shipped()
        await migrate(fresh.owner_url, fresh.app_url)
        counted = await execute(
            fresh.owner_url, "select user_id, kind, bytes, objects from storage_usage"
        )
        held = await execute(fresh.owner_url, "select owner_id, refs from content_owners")

    assert {(kind, user_id): (size, count) for user_id, kind, size, count in counted} == {
        ("tracks", OWNER): (200, 3),
        ("images", OWNER): (7, 1),
        ("product_files", OWNER): (30, 1),
        ("gear_documents", OWNER): (5, 1),
        ("files", OWNER): (9, 1),
        ("files", BUYER): (9, 0),
    }
    assert {tuple(row) for row in held} == {(OWNER, 2), (BUYER, 1)}
