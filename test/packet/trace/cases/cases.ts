/** Traces by what they show, which begins with the section of the RFC that says so. */
export type Cases = Readonly<Record<string, string>>;
