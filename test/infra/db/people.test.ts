import { MikroORM } from '@mikro-orm/postgresql';
import { expect } from 'vitest';
import { Capability } from '../../../infra/db/entities/capability.ts';
import { Event } from '../../../infra/db/entities/event.ts';
import { HumanInteraction, HumanResponse } from '../../../infra/db/entities/human-interaction.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { ormConfig } from '../../../infra/db/orm.config.ts';
import { asOwner, asPrincipal } from '../../../infra/db/session.ts';
import { DECISIONS, INTERACTION_KINDS, type UserRole } from '../../../workflows/domain/enums.ts';
import { DECISIONS_OF } from '../../../workflows/domain/interactions.ts';
import { test as base } from '../../support/fixtures.ts';
import { newExecution, newInteraction, newUser } from './rows.ts';

/** `test` with questions to people, and the answers of anyone. */
const test = base.extend('people', { scope: 'file' }, async ({ database, orm }, { onCleanup }) => {
  const admin = await MikroORM.init(ormConfig(database.adminUrl));
  onCleanup(() => admin.close());
  const em = admin.em.fork();

  const user = async (...roles: UserRole[]) => {
    const { id } = newUser(em, roles);
    await em.flush();
    return { userId: id, roles };
  };
  type Who = Awaited<ReturnType<typeof user>>;

  const ask = async (
    owner: Who,
    more: Parameters<typeof newInteraction>[2] = {},
  ): Promise<HumanInteraction> => {
    const asked = newInteraction(em, newExecution(em, owner.userId).execution, more);
    await em.flush();
    return asked;
  };

  const answer = async (
    who: Who,
    asked: HumanInteraction,
    decision: string,
    { value = null, hash = asked.contentHash }: { value?: unknown; hash?: Uint8Array } = {},
  ): Promise<string> => {
    const [row] = await asPrincipal(orm.em, who).transactional((tx) =>
      tx.execute<{ verdict: string }[]>(
        'select answer_interaction(?, ?, ?, ?::jsonb, ?, ?, ?) as verdict',
        [
          asked.id,
          hash,
          decision,
          value === null ? null : JSON.stringify(value),
          'So be it.',
          newId(),
          newId(),
        ],
      ),
    );
    return row!.verdict;
  };

  const read = (asked: HumanInteraction) =>
    admin.em.fork().findOneOrFail(HumanInteraction, { id: asked.id });
  const responses = (asked: HumanInteraction) =>
    admin.em.fork().find(HumanResponse, { interactionId: asked.id }, { orderBy: { id: 'asc' } });
  const events = (asked: HumanInteraction) =>
    admin.em.fork().find(Event, { subjectId: asked.id }, { orderBy: { ordinal: 'asc' } });
  const set = (asked: HumanInteraction, columns: string) =>
    admin.em.fork().execute(`update human_interaction set ${columns} where id = ?`, [asked.id]);
  return { user, ask, answer, read, responses, events, set };
});

test('the database takes the same decisions for each kind of question as the domain', async ({
  orm,
}) => {
  for (const kind of INTERACTION_KINDS)
    for (const decision of DECISIONS) {
      const [row] = await orm.em
        .fork()
        .execute<{ may: boolean }[]>('select may_decide(?, ?) as may', [kind, decision]);
      expect(row!.may, `${kind}: ${decision}`).toBe(DECISIONS_OF[kind].includes(decision));
    }
});

test('an answer decides, and is kept with its person, its level and its event; a second one changes nothing', async ({
  people,
}) => {
  const [owner, approver] = [await people.user('member'), await people.user('approver')];
  const asked = await people.ask(owner, { assignees: ['role:approver'], level: 2 });

  expect(await people.answer(approver, asked, 'approve')).toBe('answered');
  const decided = await people.read(asked);
  expect(await people.answer(approver, asked, 'reject')).toBe('already_decided');
  expect(await people.answer(await people.user('approver'), asked, 'reject')).toBe(
    'already_decided',
  );

  expect(decided).toMatchObject({ state: 'answered', decision: 'approve', rowVersion: 2 });
  expect(decided.decidedAt).toBeInstanceOf(Date);
  expect(await people.read(asked)).toEqual(decided);
  expect(await people.responses(asked)).toMatchObject([
    {
      ownerId: owner.userId,
      responderId: approver.userId,
      responderName: approver.userId,
      level: 2,
      decision: 'approve',
      value: null,
      comment: 'So be it.',
      contentHash: asked.contentHash,
    },
  ]);
  expect(await people.events(asked)).toMatchObject([
    {
      ownerId: owner.userId,
      eventType: 'interaction.answered',
      executionId: asked.executionId,
      actor: `user:${approver.userId}`,
      payload: {
        interactionId: asked.id,
        gate: 'completion',
        kind: 'approval',
        level: 2,
        decision: 'approve',
      },
    },
  ]);
});

test('only those who are named may answer: a stranger learns nothing, an owner that it is not for them', async ({
  people,
}) => {
  const [owner, approver] = [await people.user('member'), await people.user('approver')];
  const asked = await people.ask(owner, { assignees: [`user:${approver.userId}`] });

  expect(await people.answer(owner, asked, 'approve')).toBe('not_named');
  expect(await people.answer(await people.user('admin'), asked, 'approve')).toBe('not_named');
  expect(await people.answer(await people.user('approver'), asked, 'approve')).toBe('unknown');
  expect(await people.answer({ userId: '', roles: [] }, asked, 'approve')).toBe('unknown');
  expect(await people.read(asked)).toMatchObject({ state: 'pending', rowVersion: 1 });
  expect(await people.responses(asked)).toEqual([]);
  expect(await people.answer(approver, asked, 'approve')).toBe('answered');
});

test('who is named sees the question and its answers, nothing else of the owner, and cannot write it', async ({
  people,
  orm,
}) => {
  const [owner, approver, other] = [
    await people.user('member'),
    await people.user('approver'),
    await people.user('member'),
  ];
  const asked = await people.ask(owner, { assignees: ['role:approver'], quorum: 2 });
  await people.answer(await people.user('approver'), asked, 'approve');
  const id = asked.id;
  const seenBy = async (who: typeof owner) => {
    const em = asPrincipal(orm.em, who);
    return [
      await em.count(HumanInteraction, { id }),
      await em.count(HumanResponse, { interactionId: id }),
      (await em.execute<object[]>('select id from execution where id = ?', [asked.executionId]))
        .length,
    ];
  };

  expect(await seenBy(owner)).toEqual([1, 1, 1]);
  expect(await seenBy(approver)).toEqual([1, 1, 0]);
  expect(await seenBy(other)).toEqual([0, 0, 0]);
  const taken = await asPrincipal(orm.em, approver).nativeUpdate(
    HumanInteraction,
    { id },
    { state: 'cancelled', decidedAt: new Date() },
  );
  expect(taken).toBe(0);
  for (const change of [`decision = 'approve'`, `quorum = 1`, `content = '{}'`])
    await expect(
      asOwner(orm.em, owner.userId).transactional((em) =>
        em.execute(`update human_interaction set ${change} where id = ?`, [id]),
      ),
      change,
    ).rejects.toMatchObject({ code: '42501' });
});

test('approvals are counted until enough people agree, each person once', async ({ people }) => {
  const owner = await people.user('member');
  const [one, two] = [await people.user('approver'), await people.user('approver')];
  const asked = await people.ask(owner, { assignees: ['role:approver'], quorum: 2 });

  expect(await people.answer(one, asked, 'approve')).toBe('recorded');
  expect(await people.answer(one, asked, 'approve')).toBe('already_answered');
  expect(await people.read(asked)).toMatchObject({ state: 'pending', decision: null });
  expect(await people.answer(two, asked, 'approve')).toBe('answered');
  expect((await people.events(asked)).map(({ eventType }) => eventType)).toEqual([
    'interaction.responded',
    'interaction.answered',
  ]);
});

test('one rejection is enough, of any kind of question', async ({ people }) => {
  const owner = await people.user('member');
  for (const kind of INTERACTION_KINDS) {
    const quorum = kind === 'approval' || kind === 'choice' ? 3 : 1;
    const asked = await people.ask(owner, { kind, quorum, options: ['a'] });

    expect(await people.answer(owner, asked, 'reject'), kind).toBe('answered');
    expect(await people.read(asked)).toMatchObject({ decision: 'reject', decidedValue: null });
  }
});

test('a choice needs enough people for one and the same option', async ({ people }) => {
  const owner = await people.user('member');
  const asked = await people.ask(owner, {
    kind: 'choice',
    options: ['yes', 'no'],
    quorum: 2,
    assignees: ['role:approver'],
  });
  const choose = async (value: unknown) =>
    people.answer(await people.user('approver'), asked, 'choose', { value });

  for (const value of ['maybe', ['yes'], 1, {}])
    expect(await choose(value), JSON.stringify(value)).toBe('unknown_choice');
  expect(await choose('yes')).toBe('recorded');
  expect(await choose('no')).toBe('recorded');
  expect(await choose('no')).toBe('answered');
  expect(await people.read(asked)).toMatchObject({ decision: 'choose', decidedValue: 'no' });
});

test.for([
  ['input', 'answer', { text: 'In autumn.' }],
  ['edit', 'edit', { answer: 'Because of that.' }],
  ['edit', 'approve', null],
] as const)('a question of kind %s takes %s', async ([kind, decision, value], { people }) => {
  const owner = await people.user('member');
  const asked = await people.ask(owner, { kind });

  expect(await people.answer(owner, asked, decision, { value })).toBe('answered');
  expect(await people.read(asked)).toMatchObject({ decision, decidedValue: value });
});

test('what is stale, late, of the wrong kind or without its value changes nothing', async ({
  people,
}) => {
  const owner = await people.user('member');
  const asked = await people.ask(owner);
  const edited = await people.ask(owner, { kind: 'edit' });
  const chosen = await people.ask(owner, { kind: 'choice', options: null });
  const late = await people.ask(owner, { deadlineAt: new Date(Date.now() - 1_000) });

  expect(await people.answer(owner, asked, 'approve', { hash: Buffer.alloc(32) })).toBe(
    'stale_content',
  );
  expect(await people.answer(owner, asked, 'choose', { value: 'yes' })).toBe('wrong_decision');
  expect(await people.answer(owner, asked, 'nonsense')).toBe('wrong_decision');
  expect(await people.answer(owner, edited, 'edit')).toBe('wrong_decision');
  expect(await people.answer(owner, chosen, 'choose', { value: 'yes' })).toBe('unknown_choice');
  expect(await people.answer(owner, late, 'approve')).toBe('late');

  for (const each of [asked, edited, chosen, late]) {
    expect(await people.read(each)).toMatchObject({ state: 'pending', rowVersion: 1 });
    expect(await people.responses(each)).toEqual([]);
    expect(await people.events(each)).toEqual([]);
  }
});

test('what has expired or was cancelled takes no answer', async ({ people }) => {
  const owner = await people.user('member');
  for (const state of ['expired', 'cancelled']) {
    const asked = await people.ask(owner);
    await people.set(asked, `state = '${state}', decided_at = now()`);

    expect(await people.answer(owner, asked, 'approve')).toBe('already_decided');
    expect(await people.read(asked)).toMatchObject({ state, decision: null });
  }
});

test('of many who answer at once, as many count as are needed, and one decides', async ({
  people,
}) => {
  const owner = await people.user('member');
  const asked = await people.ask(owner, { assignees: ['role:approver'], quorum: 3 });
  const crowd = await Promise.all(Array.from({ length: 8 }, () => people.user('approver')));

  const verdicts = await Promise.all(crowd.map((who) => people.answer(who, asked, 'approve')));

  expect(verdicts.toSorted()).toEqual([
    ...Array.from({ length: 5 }, () => 'already_decided'),
    'answered',
    'recorded',
    'recorded',
  ]);
  expect(await people.responses(asked)).toHaveLength(3);
  expect(await people.events(asked)).toHaveLength(3);
});

test('what an owner has registered is known to whoever is asked something, as long as it is open, and to nobody else', async ({
  orm,
  people,
}) => {
  const [owner, approver] = [await people.user('member'), await people.user('approver')];
  await asOwner(orm.em, owner.userId).insert(Capability, {
    id: newId(),
    ownerId: owner.userId,
    name: 'law',
  });
  const unregistered = async (who: typeof owner) => {
    const rows = await asPrincipal(orm.em, who).execute<{ name: string }[]>(
      `select name from unregistered_capabilities(?, '{law,flying}') name order by 1`,
      [owner.userId],
    );
    return rows.map(({ name }) => name);
  };

  expect(await unregistered(owner)).toEqual(['flying']);
  expect(await unregistered(approver)).toEqual(['flying', 'law']);
  const asked = await people.ask(owner, { kind: 'edit', assignees: [`user:${approver.userId}`] });
  expect(await unregistered(approver)).toEqual(['flying']);
  await people.answer(approver, asked, 'approve');
  expect(await unregistered(approver)).toEqual(['flying', 'law']);
});
