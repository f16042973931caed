-- Staff takes messages and pictures down. The files of a picture that is taken down are its owner's
-- alone, whatever links were given out; a message that comes back has an event of its own.

alter table images add column is_taken_down boolean not null default false;

update images
   set is_taken_down = true
 where id in (select d.content_id
                from takedowns d
               where d.content_type in ('avatar', 'banner')
                 and d.undone_at is null and d.deleted_at is null);

update takedowns
   set kept = jsonb_build_object('item_id', kept -> 'profile_id')
 where content_type in ('avatar', 'banner') and kept ? 'profile_id';

alter table conversation_events
    drop constraint conversation_events_type_check,
    add constraint conversation_events_type_check
        check (type in ('message', 'edited', 'deleted', 'reaction', 'restored'));
