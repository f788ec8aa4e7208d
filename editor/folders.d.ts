/** The module `fata/folders`, which dist/main.ts takes the places of compiled-in folders from. */
export declare const folders: Readonly<Record<string, usize>>;
