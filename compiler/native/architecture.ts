/** The processors that native sections can be made for. */
import { UsageError } from "../errors.ts";

export interface Architecture {
  /** As in the section's name, and as Linux and gcc call it. */
  readonly name: string;
  /** e_machine of its ELF files. */
  readonly machine: number;
  /** What Node calls it. */
  readonly node: string;
  /** Flags for gcc and clang that only this processor has. */
  readonly flags: readonly string[];
}

/** Those that there are, in the order in which their sections lie in an image. */
export const architectures: readonly Architecture[] = [
  { name: "x86_64", machine: 62, node: "x64", flags: ["-fcf-protection=none"] },
  {
    name: "aarch64",
    machine: 183,
    node: "arm64",
    // By custom gcc takes 64 KiB of guard for granted there; the stack has one page.
    flags: ["--param=stack-clash-protection-guard-size=12"],
  },
];

/** This machine's own, if it is one of them. */
export const hostArchitecture = architectures.find(({ node }) => node === process.arch);

/** The custom section of an image that holds its translation for a processor. */
export function nativeSection({ name }: Architecture): string {
  return `native.${name}`;
}

/** What stands for `--native` without a value: no processor has such a name. */
export const THIS_MACHINE = "*";

/**
 * Reads the value of `--native`.
 * @param text names with commas between; THIS_MACHINE for its own
 * @throws UsageError
 */
export function parseArchitectures(text: string): Architecture[] {
  const known = architectures.map(({ name }) => name).join(" and ");
  if (text === THIS_MACHINE && !hostArchitecture)
    throw new UsageError(`--native: this machine's ${process.arch} is unknown; name what you want: ${known} are known`);
  const names = text === THIS_MACHINE ? [hostArchitecture?.name] : text.split(",");
  const unknown = names.find((name) => !architectures.some((architecture) => architecture.name === name));
  if (unknown !== undefined)
    throw new UsageError(`--native=${text}: "${unknown}" is unknown; expected x86_64, aarch64 or x86_64,aarch64`);
  return architectures.filter(({ name }) => names.includes(name));
}
