import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * What may be reached at an address: `public` always; `private` (this machine, private networks) only where somebody
 * meant to; `never` (link-local with the cloud's metadata, multicast, reserved) under no circumstances.
 */
export type Reach = 'public' | 'private' | 'never';

const privately = listOf('10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1/128 fc00::/7');
const never = listOf(
  '0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 ' +
    '224.0.0.0/4 240.0.0.0/4 100.100.100.200/32 ' +
    '::/128 100::/64 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 fd00:ec2::254/128 fd20:ce::254/128 fe80::/10 fec0::/10 ff00::/8',
);

/** Judges an IP address, also an IPv4 one that is wrapped in IPv6. */
export function reachOf(address: string): Reach {
  const inner = unwrap(address.split('%')[0] ?? '');
  if (inner === null) return 'never';

  const family = isIPv4(inner) ? 'ipv4' : 'ipv6';
  if (never.check(inner, family)) return 'never';
  return privately.check(inner, family) ? 'private' : 'public';
}

/** The IPv4 address within one of the IPv6 forms that lead to one, else the address itself; null: not an address. */
function unwrap(address: string): string | null {
  if (isIPv4(address)) return address;
  if (isIP(address) === 0) return null;

  const groups = groupsOf(address);
  const embedded = (high: number, low: number): string =>
    [high >> 8, high & 255, low >> 8, low & 255].map((byte) => String(byte)).join('.');
  const [a = 0, b = 0, c = 0, , , , g = 0, h = 0] = groups;
  const startsWith = (...start: number[]): boolean => start.every((group, index) => groups[index] === group);
  const isLoopback = startsWith(0, 0, 0, 0, 0, 0, 0, 1) || startsWith(0, 0, 0, 0, 0, 0, 0, 0);
  if (!isLoopback && startsWith(0, 0, 0, 0, 0, 0)) return embedded(g, h); // IPv4-compatible
  if (startsWith(0, 0, 0, 0, 0, 0xffff)) return embedded(g, h); // IPv4-mapped
  if (startsWith(0, 0, 0, 0, 0xffff, 0)) return embedded(g, h); // IPv4-translated
  if (startsWith(0x64, 0xff9b)) return embedded(g, h); // NAT64
  if (a === 0x2002) return embedded(b, c); // 6to4
  return address;
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const numbers = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return numbers(head);

  const [before, after] = [numbers(head), numbers(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function listOf(networks: string): BlockList {
  const list = new BlockList();
  for (const network of networks.split(' ')) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
