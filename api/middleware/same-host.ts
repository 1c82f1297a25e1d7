import type { RequestHandler } from 'express';
import { forbidden } from './permit.ts';

const nameOf = (authority: string): string => authority.replace(/:\d*$/, '').toLowerCase();

/**
 * Refuses requests that come under a foreign name: a web page whose name was pointed at this machine (DNS rebinding)
 * sends that name as Host, and its own as Origin. `allowedHosts` null: any Host, but Origin must agree with it.
 */
export const sameHost =
  (allowedHosts: readonly string[] | null): RequestHandler =>
  (req, _res, next) => {
    const host = nameOf(req.headers.host ?? '');
    const allowed = allowedHosts ?? [host];
    if (!allowed.includes(host))
      throw forbidden(
        'This host name is not served here; CONCLAVE_ALLOWED_HOSTS names those that are.',
      );
    const { origin } = req.headers;
    if (origin !== undefined && !allowed.includes(originName(origin)))
      throw forbidden('Requests from pages of another origin are not answered.');
    next();
  };

function originName(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname.toLowerCase() : '';
}
