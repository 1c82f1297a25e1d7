-- Numbers up to p_limit committed events in the order of their ordinals: position over all, sequence within the execution,
-- both without gaps; `ends`: its execution ended with it. Fails with no_data_found when another relay has taken the counter over since (p_epoch is not its epoch).
create function conclave.number_events(p_epoch bigint, p_limit int)
returns table (owner_id uuid, execution_id uuid, "position" bigint, ends boolean) language plpgsql set search_path = conclave, pg_temp as $$
#variable_conflict use_column
declare
  v_last bigint;
begin
  select last_position into strict v_last from event_counter where epoch = p_epoch for update;
  -- A statement of its own: its snapshot is younger than the lock, so it sees what an earlier holder has numbered.
  return query
    with batch as materialized (
      select id, execution_id, ordinal from event where position is null order by ordinal limit p_limit
    ), told as materialized (
      select x.execution_id, (
        select e.sequence from event e where e.execution_id = x.execution_id and e.sequence is not null order by e.sequence desc limit 1
      ) as sequence
      from (select distinct execution_id from batch where execution_id is not null) x
    ), places as materialized (
      select b.id, v_last + row_number() over (order by b.ordinal) as position,
        case when b.execution_id is not null then
          coalesce(t.sequence, 0) + row_number() over (partition by b.execution_id order by b.ordinal)
        end as sequence
      from batch b left join told t using (execution_id)
    ), numbered as (
      update event e set position = p.position, sequence = p.sequence from places p where e.id = p.id
      returning e.owner_id, e.execution_id, e.position,
        e.event_type in ('execution.completed', 'execution.failed', 'execution.cancelled') as ends
    ), counted as (
      update event_counter set last_position = (select max(position) from places) where exists (select from places)
    )
    select n.owner_id, n.execution_id, n.position, n.ends from numbered n order by n.position;
end $$;
