/** What init.c tells a machine's console. */

/** A command of a machine, and what is to run it. */
export interface Command {
  /** The program's absolute path in the machine, and its arguments. */
  readonly argv: readonly string[];
  /** When it is killed. */
  readonly seconds?: number;
}

export interface Result {
  /** Its exit status, "signal N", or "timeout". */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** By then a command has ended, unless it hangs: emulation is some twenty times slower. */
const SECONDS = 60;

export function secondsOf(command: Command): number {
  return command.seconds ?? SECONDS;
}

/** The file /commands. */
export function writeCommands(commands: readonly Command[]): Buffer {
  const strings = commands.flatMap((command) => [secondsOf(command), command.argv.length, ...command.argv]);
  return Buffer.from(strings.map((text) => `${text}\0`).join(""));
}

/** Whether the machine has nothing more to say. */
export function hasEnded(text: string): boolean {
  return /^@(end|error .*)\r?$/m.test(text);
}

/**
 * The results of a machine's commands.
 * @param text all that its console showed
 * @param count how many commands there were
 * @throws Error with the console's end, when a result is missing
 */
export function readResults(text: string, count: number): Result[] {
  const results: Result[] = [];
  const output: [string[], string[]] = [[], []];
  for (const line of text.split(/\r*\n/)) {
    const [, verb, rest = ""] = /^@(begin|1|2|exit|signal|timeout)(?: (\w+))?$/.exec(line) ?? [];
    if (verb === "begin") output[0].length = output[1].length = 0;
    else if (verb === "1" || verb === "2") output[Number(verb) - 1]?.push(rest);
    else if (verb !== undefined) {
      const [stdout = "", stderr = ""] = output.map((hex) => Buffer.from(hex.join(""), "hex").toString());
      const status = verb === "exit" ? Number(rest) : verb === "signal" ? `signal ${rest}` : verb;
      results.push({ status, stdout, stderr });
    }
  }
  if (results.length === count) return results;
  const shown = text.replace(/^@[12] .*\r?\n/gm, "").slice(-3000);
  throw new Error(`the machine ended after ${results.length} of ${count} commands; its console:\n${shown}`);
}
