/** A key of 1024 bytes, percent-encoded, with names and a cursor beside it needs less than half. */
export const maxUrlBytes = 8192;
