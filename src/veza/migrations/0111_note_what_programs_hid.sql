-- The owner of what a program hid by itself is told so, also once a person has decided about it.
alter table takedowns
    add column automation text
        constraint takedowns_automation_check check (automation in ('match', 'notice'));

update takedowns
   set automation = case when held then 'match' else 'notice' end
 where automated;
