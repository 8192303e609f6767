/**
 * What a server does with a damaged data file. restore: the newest sound snapshot, and without one it does not start;
 * empty: without one it starts empty; refuse: it never starts.
 */
export const damagePolicies = ['restore', 'empty', 'refuse'] as const;
export type DamagePolicy = (typeof damagePolicies)[number];
