import { describe, expect, test } from 'vitest';
import {
  ERROR_CODES,
  retryAfterOf,
  statusOf,
  toEngineError,
} from '../../api/middleware/problems.ts';
import { EngineError, NotYet } from '../../workflows/contract/errors.ts';

const SECRET = 'Key (email)=(ada@example.org) already exists.';
const driverError = (code: string) =>
  Object.assign(new Error(SECRET), { code, severity: 'ERROR', detail: SECRET });

describe('what the database throws, also at COMMIT, is told in our words:', () => {
  test.for([
    ['23505', 409, 'conflict'],
    ['23503', 409, 'state_conflict'],
    ['57014', 503, 'database_unavailable'],
    ['57P01', 503, 'database_unavailable'],
    ['55P03', 503, 'database_unavailable'],
    ['40P01', 503, 'database_unavailable'],
    ['08006', 503, 'database_unavailable'],
    ['ECONNREFUSED', 503, 'database_unavailable'],
    ['42P01', 500, 'internal'],
    ['22P02', 500, 'internal'],
  ] as const)('%s', ([code, status, expected]) => {
    const error = toEngineError(driverError(code));

    expect([statusOf(error), error.code]).toEqual([status, expected]);
    expect(error.message).not.toContain('ada@example.org');
    expect(retryAfterOf(error) !== undefined).toBe(status === 503);
  });
});

test('every code has a status of failure, and none is 422', () => {
  const statuses = ERROR_CODES.map((code) => statusOf(new EngineError(code, '')));

  expect(statuses.every((status) => status >= 400 && status <= 503 && status !== 422)).toBe(true);
});

test('what must wait says for how long, in whole seconds', () => {
  expect(retryAfterOf(new NotYet('waiting_rate', '', 1_200))).toBe(2);
});

test('a bug is told as such, and its text stays here', () => {
  const error = toEngineError(new TypeError('x is not a function'));

  expect(error.code).toBe('internal');
  expect(error.message).not.toContain('function');
  expect(error.cause).toBeInstanceOf(TypeError);
});
