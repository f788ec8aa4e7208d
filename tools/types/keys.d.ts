/**
 * The generated module `fata/keys` for the type check of all examples at once: each has its own keys, which asc checks
 * when it builds the example.
 */
declare module "fata/keys" {
  // biome-ignore lint/suspicious/noExplicitAny: the fields differ from example to example
  export const keys: any;
}
