/** The module `fata/zones`, which dist/main.ts takes the places of compiled-in zones from. */
export declare const zones: Readonly<Record<string, usize>>;
