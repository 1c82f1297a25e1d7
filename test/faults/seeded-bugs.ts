/** A fault that somebody could make in the product, and the tests that must notice. */
export interface SeededBug {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

const TURN_SQL = 'infra/db/functions/turn.sql';
const ACCESS_SQL = 'infra/db/migrations/sql/access.sql';
const LOOK_AFTER = 'infra/executions/look-after.ts';
const LEDGER = ['test/infra/db/turn-ledger.test.ts'];
const ISOLATION = ['test/infra/db/isolation.test.ts', 'test/infra/db/catalogue.test.ts'];
const SWEEP = ['test/infra/executions/sweeper.test.ts'];
const LISTS = ['test/infra/executions/sweep-lists.test.ts'];
const SET_ASIDE = ['test/infra/executions/set-aside.test.ts'];
const NUMBERING = ['test/infra/events/numbering.test.ts'];
const ONCE = ['test/api/idempotency.test.ts'];

export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: 'another ask at the same place gets the old answer',
    file: TURN_SQL,
    from: 'then msg.ask_hash is null or msg.ask_hash = v_ask',
    to: 'then true',
    tests: LEDGER,
  },
  {
    name: 'what was said later survives another ask',
    file: TURN_SQL,
    from: `update message set superseded_at = now() where execution_id = p_execution and superseded_at is null
      and (sequence = p_sequence or round > p_round) and delivery_status is null;`,
    to: `update message set superseded_at = now() where execution_id = p_execution and superseded_at is null
      and sequence = p_sequence and delivery_status is null;`,
    tests: LEDGER,
  },
  {
    name: 'what people said goes with what the seats said later',
    file: TURN_SQL,
    from: 'or round > p_round) and delivery_status is null;',
    to: 'or round > p_round);',
    tests: LEDGER,
  },
  {
    name: 'a retry tries anew what good turns knew of',
    file: 'infra/executions/supersede.ts',
    from: '(m.sequence >= known or error =',
    to: '(true or error =',
    tests: ['test/api/executions-retry.test.ts'],
  },
  {
    name: 'a repeat is not marked as one',
    file: TURN_SQL,
    from: 'repeat_of_id = p_new_id, ask_hash = v_ask',
    to: 'repeat_of_id = null, ask_hash = v_ask',
    tests: LEDGER,
  },
  {
    name: 'a call that was broken off is repeated without a mark',
    file: TURN_SQL,
    from: "if last.state = 'abandoned' then v_repeat := last.id; v_attempt := last.attempts + 1; end if;",
    to: '',
    tests: LEDGER,
  },
  {
    name: 'an attempt that died leaves no row in the ledger',
    file: TURN_SQL,
    from: 'perform abandon_flight(f, p_new_id, false);',
    to: '',
    tests: LEDGER,
  },
  {
    name: 'a repeat settles the dead attempt, too, and gives its room away',
    file: TURN_SQL,
    from: 'perform abandon_flight(f, p_new_id, false);',
    to: 'perform abandon_flight(f, p_new_id, true);',
    tests: LEDGER,
  },
  {
    name: 'a success settles twice',
    file: TURN_SQL,
    from: "  perform settle_budgets(f.budget_ids, f.tokens, f.usd, v_tokens, v_usd);\n  return jsonb_build_object('status', 'stored'",
    to: "  perform settle_budgets(f.budget_ids, f.tokens, f.usd, v_tokens, v_usd);\n  perform settle_budgets(f.budget_ids, 0, 0, v_tokens, v_usd);\n  return jsonb_build_object('status', 'stored'",
    tests: LEDGER,
  },
  {
    name: 'a late attempt books no money',
    file: TURN_SQL,
    from: 'if found then perform settle_budgets(v_path, 0, 0, v_input + v_output, v_usd); end if;',
    to: '',
    tests: LEDGER,
  },
  {
    name: 'a late attempt that tells of its cost again is booked again',
    file: TURN_SQL,
    from: '      and c.input_tokens = 0 and c.output_tokens = 0 and c.cost_usd = 0;',
    to: '      ;',
    tests: LEDGER,
  },
  {
    name: 'a late attempt ends the flight of the one at work: no fence',
    file: TURN_SQL,
    from: 'and call = p_call and ordinal = p_ordinal returning * into f;\n  if found then return f;',
    to: 'and call = p_call returning * into f;\n  if found then return f;',
    tests: LEDGER,
  },
  {
    name: 'a failure of a late attempt ends the flight of the one at work: no fence',
    file: TURN_SQL,
    from: 'and ordinal = p_ordinal returning * into f;\n  if not found then\n    perform',
    to: 'returning * into f;\n  if not found then\n    perform',
    tests: LEDGER,
  },
  {
    name: 'the heartbeat of a late attempt extends the flight of another: no fence',
    file: TURN_SQL,
    from: 'and call = p_call and ordinal = p_ordinal;\n  return found;',
    to: 'and call = p_call;\n  return found;',
    tests: LEDGER,
  },
  {
    name: 'the sweep releases reservations that have not expired',
    file: TURN_SQL,
    from: 'case when p_execution is null then x.expires_at < now() else',
    to: 'case when p_execution is null then true else',
    tests: [...SWEEP, ...LEDGER],
  },
  {
    name: 'the sweep gives no room back',
    file: TURN_SQL,
    from: 'perform abandon_flight(f, gen_random_uuid(), true);',
    to: 'perform abandon_flight(f, gen_random_uuid(), false);',
    tests: [...SWEEP, ...LEDGER],
  },
  {
    name: 'room is given without a look at what others have reserved',
    file: TURN_SQL,
    from: 'b.used_tokens + b.overrun_tokens + b.reserved_tokens + p_tokens > b.limit_tokens',
    to: 'b.used_tokens + b.overrun_tokens + p_tokens > b.limit_tokens',
    tests: LEDGER,
  },
  {
    name: 'budgets are locked from the root down when room is reserved: the order of locks is swapped',
    file: TURN_SQL,
    from: '  for i in reverse cardinality(p_path)..1 loop\n    select * into b from budget',
    to: '  for i in 1..cardinality(p_path) loop\n    select * into b from budget',
    tests: ['test/infra/db/budget-tree.test.ts'],
  },
  {
    name: 'a child’s room is reserved in its own budget alone',
    file: TURN_SQL,
    from: 'for i in 1..cardinality(p_path) loop\n      update budget set reserved_tokens',
    to: 'for i in cardinality(p_path)..cardinality(p_path) loop\n      update budget set reserved_tokens',
    tests: ['test/infra/db/budget-tree.test.ts'],
  },
  {
    name: 'a turn that was given up is on record as often as it is told',
    file: TURN_SQL,
    from: 'on conflict (execution_id, sequence) where superseded_at is null do nothing;\n  if found',
    to: ';\n  if found',
    tests: LEDGER,
  },
  {
    name: 'an execution that has ended still gets turns',
    file: TURN_SQL,
    from: "if not found or s.state in ('completed', 'failed', 'cancelled') then",
    to: 'if not found then',
    tests: LEDGER,
  },
  {
    name: 'turns ignore their owner: no context of row-level security',
    file: TURN_SQL,
    from: "select set_config('app.user_id', p_owner::text, true), set_config('app.role', '', true),",
    to: "select set_config('app.user_id', p_owner::text, true), set_config('app.role', 'admin', true),",
    tests: LEDGER,
  },
  {
    name: 'a tenant’s policy lets everybody in',
    file: ACCESS_SQL,
    from: "own constant text := 'owner_id = app_user_id() or app_role() = ''admin''';",
    to: "own constant text := 'true';",
    tests: ISOLATION,
  },
  {
    name: 'the policy of calls is missing',
    file: ACCESS_SQL,
    from: "'call_flight', 'llm_call', 'budget'];",
    to: "'call_flight', 'budget'];",
    tests: ISOLATION,
  },
  {
    name: 'row-level security does not bind the tables’ owner',
    file: ACCESS_SQL,
    from: "    execute format('alter table %I force row level security', name);\n",
    to: '',
    tests: ISOLATION,
  },
  {
    name: 'the application may delete from the ledger',
    file: ACCESS_SQL,
    from: 'grant select, insert on agent_state_history, execution_state_history, event, llm_call to conclave_app;',
    to: 'grant select, insert, update, delete on agent_state_history, execution_state_history, event, llm_call to conclave_app;',
    tests: ISOLATION,
  },
  {
    name: 'a key’s scopes are not looked at',
    file: 'api/middleware/permit.ts',
    from: 'if (!scopes.includes(access.scope))',
    to: 'if (scopes.length === 0)',
    tests: ['test/api/access.test.ts'],
  },
  {
    name: 'a relay that was overtaken goes on numbering: no fence',
    file: 'infra/db/functions/events.sql',
    from: 'from event_counter where epoch = p_epoch for update;',
    to: 'from event_counter where epoch >= p_epoch - 1000 for update;',
    tests: NUMBERING,
  },
  {
    name: 'two relays may number at once: the counter is not locked',
    file: 'infra/db/functions/events.sql',
    from: 'where epoch = p_epoch for update;',
    to: 'where epoch = p_epoch;',
    tests: NUMBERING,
  },
  {
    name: 'nudges are not heard',
    file: 'infra/events/relay.ts',
    from: "client.on('notification', () => bell.ring());",
    to: "client.on('notification', () => {});",
    tests: ['test/infra/events/relay.test.ts'],
  },
  {
    name: 'a lost run is started as if it were new',
    file: LOOK_AFTER,
    from: "row.state === 'queued' && row.runId === null",
    to: "row.state === 'queued'",
    tests: SWEEP,
  },
  {
    name: 'a lost run counts as one at work',
    file: LOOK_AFTER,
    from: 'if (!(error instanceof WorkflowNotFoundError)) throw error;',
    to: 'if (!(error instanceof WorkflowNotFoundError)) throw error;\n    if (workflowId) return null;',
    tests: SWEEP,
  },
  {
    name: 'the sweep looks at the first page of each list, and at no other',
    file: 'infra/executions/in-pages.ts',
    from: 'if (rows.length < batch) return done;',
    to: 'if (rows.length <= batch) return done;',
    tests: LISTS,
  },
  {
    name: 'a sweep that has no time for all begins with the same ones again',
    file: LOOK_AFTER,
    from: 'await deps.em.fork().execute(POSTPONE, [row.id]);',
    to: '',
    tests: LISTS,
  },
  {
    name: 'the sweep starts what somebody has started since it looked',
    file: LOOK_AFTER,
    from: "const never = { id, state: 'queued', runId: null } as const;",
    to: 'const never = { id };',
    tests: SET_ASIDE,
  },
  {
    name: 'the sweep ends what was tried again since it looked: no fence',
    file: LOOK_AFTER,
    from: ' || (row.runId ?? null) !== runId',
    to: '',
    tests: SET_ASIDE,
  },
  {
    name: 'a run that a retry has set aside completes the execution: no fence',
    file: 'infra/db/functions/endings.sql',
    from: '  if p_run = e.retry_of_run_id then return null; end if;\n',
    to: '',
    tests: SET_ASIDE,
  },
  {
    name: 'a run that a retry has set aside fails the execution again: no fence',
    file: 'infra/executions/close-execution.ts',
    from: ' || execution.retryOfRunId === whose.runId',
    to: '',
    tests: SET_ASIDE,
  },
  {
    name: 'a run that a retry has set aside takes the execution up again: no fence',
    file: 'infra/db/functions/states.sql',
    from: ' or p_run = e.retry_of_run_id then return null',
    to: ' then return null',
    tests: SET_ASIDE,
  },
  {
    name: 'a run that a retry has set aside is recorded once more: no fence',
    file: 'infra/db/functions/states.sql',
    from: ' and retry_of_run_id is distinct from p_run',
    to: '',
    tests: SET_ASIDE,
  },
  {
    name: 'a retry is refused where the run before has completed',
    file: 'infra/executions/start-workflow.ts',
    from: "'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',",
    to: "'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY',",
    tests: SET_ASIDE,
  },
  {
    name: 'a key’s second request is done again',
    file: 'api/http/perform.ts',
    from: 'if (earlier) return earlier;',
    to: 'if (earlier?.secret) return earlier;',
    tests: ONCE,
  },
  {
    name: 'a key answers any request',
    file: 'api/middleware/idempotency.ts',
    from: 'if (record.route !== route || !record.body_hash.equals(bodyHash))',
    to: 'if (record.route !== route)',
    tests: ONCE,
  },
  {
    name: 'a retry forgets which run failed',
    file: 'infra/executions/retry-execution.ts',
    from: 'execution.retryOfRunId = execution.runId ?? execution.retryOfRunId ?? null;',
    to: 'execution.retryOfRunId = null;',
    tests: SET_ASIDE,
  },
  {
    name: 'an outcome that could not be stored is dropped, and the model asked again',
    file: 'activities/until-stored.ts',
    from: 'if (!away || cancellationSignal().aborted) throw error;',
    to: 'if (away || cancellationSignal().aborted) throw error;',
    tests: ['test/activities/take-turn.test.ts'],
  },
  {
    name: 'a connection that is lost while it is lent never comes back',
    file: 'infra/db/lost-connections.ts',
    from: 'client.release(true);',
    to: '',
    tests: ['test/infra/db/lost-connections.test.ts'],
  },
  {
    name: 'an attempt that waited for the one before believes what it had read',
    file: TURN_SQL,
    from: 'and c.ordinal >= v_ordinal) then',
    to: 'and false) then',
    tests: ['test/infra/db/turn-races.test.ts'],
  },
  {
    name: 'a flight that ended between two looks is taken for one that died',
    file: TURN_SQL,
    from: 'if not found then   -- it has ended since',
    to: 'if false then',
    tests: ['test/infra/db/turn-races.test.ts'],
  },
  {
    name: 'an attempt that was swept takes a call that another has begun',
    file: TURN_SQL,
    from: 'insert into call_flight select f.* on conflict do nothing;',
    to: 'return f;',
    tests: ['test/infra/db/turn-races.test.ts'],
  },
  {
    name: 'who listens is not told of an end that came while it connected',
    file: 'infra/events/keep-connected.ts',
    from: "if (!signal.aborted) await once(signal, 'abort');",
    to: "await once(signal, 'abort');",
    tests: ['test/infra/events/hub.test.ts'],
  },
  {
    name: 'an execution ends while people are still asked in it',
    file: 'infra/db/functions/endings.sql',
    from: "exists (select from human_interaction where execution_id = p_execution and state = 'pending')\n    or ",
    to: '',
    tests: ['test/api/interactions.test.ts'],
  },
  {
    name: 'a child that has not begun outlives what contains it',
    file: 'infra/db/functions/endings.sql',
    from: "\n    or exists (select from execution where parent_execution_id = p_execution and state = 'queued' and run_id is null)",
    to: '',
    tests: ['test/infra/executions/open-child.test.ts'],
  },
];
