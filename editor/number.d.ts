/**
 * AssemblyScript's own declarations make Number an alias, which TypeScript 7 does not take for its global type: plain
 * numbers then have no methods. The two merge under skipLibCheck.
 */
interface Number {
  toString(radix?: number): string;
}
