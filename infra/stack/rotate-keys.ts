import { loadConfig } from '../config/config.ts';
import { demandEnvironment } from '../config/environment.ts';
import { rotateCredentials } from '../db/rotate-credentials.ts';
import { StateFolder } from './state-folder.ts';

/**
 * `npm run rotate-keys`: seals all credentials with the first key of CONCLAVE_ENCRYPTION_KEYS, in the database that the
 * environment names, else in that of the stack that runs on this machine. Exit code 1 when some cannot be read.
 */
const stack = new StateFolder(demandEnvironment(process.env).CONCLAVE_HOME).readStack();
const { database, encryptionKeys } = loadConfig({
  ...(stack &&
    !process.env['DATABASE_URL'] && {
      CONCLAVE_APP_DATABASE_URL: stack.databaseUrl,
      CONCLAVE_SYSTEM_DATABASE_URL: stack.adminDatabaseUrl,
    }),
  ...process.env,
});

const { resealed, current, unreadable } = await rotateCredentials(
  database.systemUrl,
  encryptionKeys,
);
console.log(
  `Key "${encryptionKeys.current}": ${resealed} sealed anew, ${current} were already, ${unreadable.length} cannot be read.`,
);
for (const { why } of unreadable) console.log(`  ${why}`);
process.exitCode = unreadable.length > 0 ? 1 : 0;
