/** Zone files of tests. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { formatSite, ProjectError } from "../../../compiler/errors.ts";
import { compileZones } from "../../../compiler/zone/index.ts";
import { readMaster, type ZoneRecord } from "../../../compiler/zone/master.ts";
import { Problems } from "../../../compiler/zone/problems.ts";

/** What a zone needs: its origin is z. */
export const START = "$ORIGIN z.\n$TTL 60\n@ SOA ns m 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
/** Lines of START. */
const LINES = START.split("\n").length - 1;

/** Calls with a folder that holds these files. */
function withFiles<T>(files: Readonly<Record<string, string | Buffer>>, call: (folder: string) => T): T {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fata-zone-")));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return call(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The records of a file's text, and of files that it includes. */
export function recordsOf(text: string, more: Readonly<Record<string, string>> = {}): readonly ZoneRecord[] {
  return withFiles({ ...more, "test.zone": Buffer.from(text, "latin1") }, (folder) => {
    const problems = new Problems();
    const records = readMaster(join(folder, "test.zone"), "\x01z\0", problems);
    problems.refuseErrors();
    return records;
  });
}

/** What compiling a zone says: "LINE: message" of each error or warning, lines behind START counted from 1. */
export function said(text: string, more: Readonly<Record<string, string>> = {}): string[] {
  return saidOf({ ...more, "test.zone": START + text }, ["test.zone"]).map((line) =>
    line.replace(/^test\.zone:(\d+): /, (_, n: string) => `${Number(n) - LINES}: `),
  );
}

/** The same of several files: "FILE:LINE: message". */
export function saidOf(files: Readonly<Record<string, string>>, zones: readonly string[]): string[] {
  return withFiles(files, (folder) => {
    const local = (line: string): string =>
      line.replace(/^\S*?([^/]+:\d+: )/, "$1").replaceAll(`${relative(process.cwd(), folder)}`, "");
    try {
      return compileZones(zones.map((zone) => join(folder, zone))).warnings.map(local);
    } catch (error) {
      if (!(error instanceof ProjectError)) throw error;
      const [first = "", ...rest] = error.message.split("\n");
      return [`${error.site ? formatSite(error.site) : ""}: ${first}`, ...rest].map(local);
    }
  });
}
