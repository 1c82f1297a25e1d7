/** Headers that the packages put credentials into. */
const CREDENTIALS = ['authorization', 'x-api-key', 'x-goog-api-key'];

/**
 * The fetch of a provider. Redirects are not followed: the address was checked, the one it points to was not. Where there
 * is no key, none is sent: the packages want one, and send an empty one.
 */
export const safeFetch =
  (apiKey: string | undefined): typeof fetch =>
  async (url, init) => {
    const headers = new Headers(init?.headers);
    if (apiKey === undefined) for (const name of CREDENTIALS) headers.delete(name);
    return fetch(url, { ...init, headers, redirect: 'manual' });
  };
