/** Where the native tender is in a machine. */
export const TENDER = "/tender";
