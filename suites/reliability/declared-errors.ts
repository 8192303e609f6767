/** Errors of the API that say of a fault what it is, as histories have them. */

/** Of any operation whose store does not answer. */
export const outages = ['503 store_unavailable', '503 overloaded', '503 shutting_down'] as const;

/** Of a write that the store cannot take. */
export const refusals = [...outages, '507 store_full'] as const;
