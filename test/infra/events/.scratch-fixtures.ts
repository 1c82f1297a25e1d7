import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { test as base } from 'vitest';
export const test = base.extend('database', { scope: 'file' }, async ({}, { onCleanup }) => {
  const name = 'test_' + randomUUID().slice(0, 8);
  const root = 'postgres://postgres:password@127.0.0.1:54991/';
  const a = new Client(root + 'postgres');
  await a.connect();
  await a.query('create database ' + name);
  await a.end();
  const c = new Client(root + name);
  await c.connect();
  await c.query(readFileSync('/tmp/evscratch/schema.sql', 'utf8'));
  await c.end();
  const u = root + name;
  return { ownerUrl: u, appUrl: u, systemUrl: u, adminUrl: u };
});
