/**
 * How the tender ends when it is not the guest that ends: a status, and one line on standard error.
 */

/** Exit statuses besides the guest's own, after sysexits.h. */
export const status = {
  /** The command line. */
  usage: 64,
  /** The image. */
  image: 65,
  /** A device of the image, or what was to be attached to it. */
  device: 66,
  /** The guest trapped, or can never go on. */
  trap: 70,
  /** The process cannot lock itself down, or asked for more than it may. */
  sandbox: 71,
} as const;

/** Ends the tender. The message says what is wrong, what was expected, and the command that mends it. */
export class TenderError extends Error {
  readonly status: number;

  constructor(exitStatus: number, message: string) {
    super(message);
    this.status = exitStatus;
  }
}

/** What was thrown, as a sentence. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the system may say of a file, in the words of the native tender. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ELOOP: "Symbolic link loop",
  ENAMETOOLONG: "Filename too long",
  ENOTDIR: "Not a directory",
};

/** The same of an error of the file system, without the path and the call. */
export function systemReason(error: unknown): string {
  return reasons[String((error as NodeJS.ErrnoException).code)] ?? reasonOf(error);
}
