/** Bounds that every backend keeps, so that one listing page costs about the same everywhere. */

/** A page with values ends once the values on it hold more bytes. */
export const maxListValueBytes = 4_000_000;

/** A page looks at no more records, returned or not. */
export const maxExaminedPerPage = 2_000;
