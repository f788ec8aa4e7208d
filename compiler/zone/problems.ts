import { formatSite, ProjectError, type Site } from "../errors.ts";

/** So many errors are told at once. */
const ERRORS_MAX = 20;

/** What is wrong with zone files, and what looks wrong. */
export class Problems {
  private readonly errors: { readonly message: string; readonly site: Site }[] = [];
  private readonly warned: { readonly message: string; readonly site: Site }[] = [];

  /** Notes what keeps the zone from being served. @throws ProjectError when there have been many */
  error(message: string, site: Site): void {
    this.errors.push({ message: visible(message), site });
    if (this.errors.length >= ERRORS_MAX) this.refuse("; there may be more");
  }

  /** Notes what a server can live with. */
  warn(message: string, site: Site): void {
    this.warned.push({ message: visible(message), site });
  }

  /** How many errors there have been. */
  get errorCount(): number {
    return this.errors.length;
  }

  /** A line for each warning. */
  get warnings(): string[] {
    return this.warned.map(({ message, site }) => `${formatSite(site)}: warning: ${message}`);
  }

  /** @throws ProjectError when there has been an error, with all of them */
  refuseErrors(): void {
    if (this.errors.length > 0) this.refuse("");
  }

  private refuse(end: string): never {
    const [first, ...rest] = this.errors;
    const lines = rest.map(({ message, site }) => `${formatSite(site)}: ${message}`);
    throw new ProjectError([first?.message, ...lines].join("\n") + end, first?.site);
  }
}

/** A message as one line: what it quotes of a file may hold characters that a terminal would take for orders. */
function visible(message: string): string {
  return message.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
