/**
 * How a unit file of systemd spells a text so that systemd reads just that text: systemd.syntax(7), "Quoting", and
 * systemd.service(5), "Command lines".
 */
import { UsageError } from "../errors.ts";

/** Words that mean themselves. */
const PLAIN = /^[A-Za-z0-9_.,:=@+/-]+$/;

/**
 * What must not stand in a line: control characters end it or hide in it. So do separators of lines and characters that
 * turn the direction of writing, for who reads the file on a terminal. Noncharacters are no UTF-8 to systemd.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/** A word of ExecStart=. A percent sign would begin a specifier, a dollar sign a variable, `;` another command. */
export function commandWord(text: string): string {
  if (PLAIN.test(text)) return text;
  const escaped = text
    .replace(/[\\"]/g, "\\$&")
    .replace(/%/g, "%%")
    .replace(/\$/g, "$$$$")
    .replace(HIDDEN, hexadecimal);
  return `"${escaped}"`;
}

function hexadecimal(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

/**
 * A path in a list of paths, where systemd undoes quotes but no escapes.
 * @param path one that checkPath lets pass
 * @param prefix what the list has before the path, such as `-`
 */
export function pathWord(path: string, prefix = ""): string {
  const word = prefix + path;
  return PLAIN.test(word) ? word : `"${word.replace(/%/g, "%%")}"`;
}

/**
 * Refuses a path that a service cannot be given.
 * @param option what the user gave it with, for the message
 * @throws UsageError
 */
export function checkPath(path: string, option: string): void {
  if (!path.startsWith("/"))
    throw new UsageError(
      `${option}: "${path}" is not an absolute path; expected such as /var/lib/${path || "disk.img"}`,
    );
  if (/["'\\]/.test(path) || path.search(HIDDEN) >= 0 || path !== path.trimEnd())
    throw new UsageError(
      `${option}: systemd takes no path with quotes, backslashes, control characters or a space at its end; rename the file`,
    );
  if (/^\/(?:var\/)?tmp\//.test(path))
    throw new UsageError(
      `${option}: ${path} is out of the service's sight, which has a /tmp of its own; move the file`,
    );
  if (/\/(\.{0,2})(\/|$)/.test(path)) throw new UsageError(`${option}: write ${path} without //, . and ..`);
}

/** The name of the unit that stands for a network interface, `-` and all. */
export function deviceUnit(networkInterface: string): string {
  const escaped = networkInterface.replace(/[^A-Za-z0-9:_.]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
  return `sys-subsystem-net-devices-${escaped}.device`;
}
