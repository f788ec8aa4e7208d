/** The module `fata/keys` until the first `fata build` has printed the project's own. */
// biome-ignore lint/suspicious/noExplicitAny: its fields are not known yet
export declare const keys: any;
