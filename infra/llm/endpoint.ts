import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { InvalidRequest } from '../../workflows/contract/errors.ts';
import type { UserRole } from '../../workflows/domain/enums.ts';

/** Networks that are not the public internet (IANA's special-purpose registries), as `address/prefix`. */
const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** The same for IPv6, with the networks that stand for IPv4 addresses: mapped, NAT64, Teredo, 6to4. */
const PRIVATE_V6 = [
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];
// Two lists: in one, the network of the mapped addresses would hold every IPv4 address.
const privateV4 = blockList(PRIVATE_V4, 'ipv4');
const privateV6 = blockList(PRIVATE_V6, 'ipv6');

/** A provider's address cannot be used. `retryable`: its name cannot be resolved just now. */
export class EndpointRefused extends InvalidRequest {
  override readonly retryable: boolean;

  constructor(message: string, { retryable = false }: { readonly retryable?: boolean } = {}) {
    super([{ path: 'apiEndpoint', message }], message);
    this.retryable = retryable;
  }
}

/** Private addresses are for those who run the machine, and only where the configuration allows them at all. */
export const mayBePrivate = (roles: readonly UserRole[]): boolean =>
  roles.includes('admin') || roles.includes('operator');

/**
 * Throws `EndpointRefused` unless requests may go to `url`: http or https, without credentials in it, and, unless
 * private addresses are allowed, with a name that resolves to public ones only. To be asked before each use, because
 * what a name resolves to may change.
 */
export async function assertEndpointAllowed(url: string, allowPrivate: boolean): Promise<void> {
  const parsed = URL.parse(url);
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol))
    throw new EndpointRefused('Give an http or https address, such as https://api.example.com/v1.');
  if (parsed.username !== '' || parsed.password !== '')
    throw new EndpointRefused('Give the key in credentials, not in the address.');
  if (allowPrivate) return;
  const addresses = await resolve(parsed.hostname.replace(/^\[|\]$/g, ''));
  if (addresses.some(isPrivate))
    throw new EndpointRefused(
      'The address is on a private network: that is for providers of admins and operators, where CONCLAVE_ALLOW_PRIVATE_ENDPOINTS is true.',
    );
}

async function resolve(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw new EndpointRefused(`The host ${host} cannot be resolved: check its name.`, {
      retryable: true,
    });
  }
}

const isPrivate = (address: string): boolean =>
  isIP(address) === 6
    ? privateV6.check(address.replace(/%.*$/, ''), 'ipv6')
    : privateV4.check(address, 'ipv4');

function blockList(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split('/');
    list.addSubnet(address!, Number(prefix), family);
  }
  return list;
}
