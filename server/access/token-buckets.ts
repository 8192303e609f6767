/** Token buckets by client, in bounded memory. */

export interface BucketOptions {
  readonly perSecond: number;
  /** What a client may take at once after a rest. */
  readonly burst: number;
  /** Clients that are remembered; the one longest silent is forgotten first. */
  readonly maxClients: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface BucketState {
  /** Whole tokens left. */
  readonly left: number;
  /** Milliseconds until there is one more; 0 while the bucket is full. */
  readonly nextMs: number;
  /** Milliseconds until the bucket is full. */
  readonly fullMs: number;
}

export interface TokenBuckets {
  /** Takes a token where there is one. `taken` is false where there was none. */
  take(client: string): BucketState & { readonly taken: boolean };
  /** Looks without taking. */
  peek(client: string): BucketState;
  readonly size: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export function createTokenBuckets({ perSecond, burst, maxClients, now }: BucketOptions): TokenBuckets {
  // In the order of their last request: a Map keeps the order in which its keys came.
  const buckets = new Map<string, Bucket>();

  const filled = (client: string): Bucket => {
    const nowMs = now();
    const bucket = buckets.get(client);
    if (bucket === undefined) return { tokens: burst, atMs: nowMs };
    const gained = ((nowMs - bucket.atMs) / 1000) * perSecond;
    return { tokens: Math.min(burst, bucket.tokens + gained), atMs: nowMs };
  };
  const stateOf = ({ tokens }: Bucket): BucketState => {
    const left = Math.floor(tokens);
    const timeFor = (count: number): number => (count / perSecond) * 1000;
    return { left, nextMs: tokens >= burst ? 0 : timeFor(left + 1 - tokens), fullMs: timeFor(burst - tokens) };
  };

  return {
    take(client) {
      const bucket = filled(client);
      const taken = bucket.tokens >= 1;
      if (taken) bucket.tokens -= 1;
      buckets.delete(client);
      buckets.set(client, bucket);
      if (buckets.size > maxClients) {
        const [longestSilent = ''] = buckets.keys();
        buckets.delete(longestSilent);
      }
      return { taken, ...stateOf(bucket) };
    },
    peek: (client) => stateOf(filled(client)),
    get size() {
      return buckets.size;
    },
  };
}

/**
 * Whose bucket it is: a client of IPv6 has a network of 64 bits to itself, and a mapped IPv4 address is that address.
 */
export function clientOf(address: string | undefined): string {
  if (address === undefined) return '';
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7);
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === '' ? [] : tail.split(':');
  const gap = address.includes('::') ? Array.from({ length: 8 - first.length - last.length }, () => '0') : [];
  return [...first, ...gap, ...last].slice(0, 4).join(':');
}
