import { join } from 'node:path';
import product from '../../package.json' with { type: 'json' };

/** Where recorded histories are kept, in a folder for each release. */
export const HISTORIES = join(import.meta.dirname, 'histories');

/** The release that is being made: the version of the package. */
export const RELEASE = product.version;
