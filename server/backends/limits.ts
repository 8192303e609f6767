/** Bounds that every backend keeps, so that one listing page or one batch costs about the same everywhere. */

/** A page with values ends once the values on it hold more bytes. */
export const maxListValueBytes = 4_000_000;

/** A page looks at no more records, returned or not. */
export const maxExaminedPerPage = 2_000;

/** A page through a filter, which is made of several of the store's, asks for no further one after so long. */
export const maxFilteredPageMs = 2_000;

/** The gets of one batch read values of no more bytes together. */
export const maxBatchReadBytes = 16_000_000;
