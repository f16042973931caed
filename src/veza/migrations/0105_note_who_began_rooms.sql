-- Members begin few rooms, also in conversations that they don't own.

alter table listening_rooms add column begun_by uuid references users on delete set null;

update listening_rooms l
   set begun_by = m.user_id
  from conversation_members m
 where m.conversation_id = l.conversation_id and m.role = 'owner';

create index listening_rooms_begun_by on listening_rooms (begun_by) where begun_by is not null;
