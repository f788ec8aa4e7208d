import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isValue } from "../../../runtime/abi/manifest.ts";
import { compileGuest } from "../../support/guest.ts";
import { writeUtf16 } from "../../support/strings.ts";
import { GuestExit } from "../../support/tender.ts";

const guest = await compileGuest(import.meta.url, "log.as.ts");
const WALL = BigInt(Date.UTC(2026, 10, 21, 7, 35)) * 1_000_000n;

function fresh(...argv: string[]) {
  const tender = guest.instantiate({ arguments: argv });
  tender.exports["setWall"]?.(WALL);
  const pass = (name: string, text: string) => {
    const at = Number(tender.exports["allocate"]?.(text.length * 2));
    writeUtf16(tender.memory, at, text);
    tender.exports[name]?.(at, text.length);
  };
  return { tender, pass };
}

/** The lines of sayAll without their time, such as "[INFO] [arp] 3". */
function said(...argv: string[]): string[] {
  const { tender } = fresh(...argv);
  tender.exports["sayAll"]?.();
  return tender.lines.map((line) => line.replace("2026-11-21T07:35:00Z: ", ""));
}

const application = [
  "[ERROR] [application] 1",
  "[WARNING] [application] 2",
  "[INFO] [application] 3",
  "[DEBUG] [application] 4",
];
const arp = application.map((line) => line.replace("application", "arp"));

/** The lines of each source up to a level, 0 to 4. */
const upTo = (ofApplication: number, ofArp: number) => [...application.slice(0, ofApplication), ...arp.slice(0, ofArp)];

const E_NAMES = ["quiet", "error", "warning", "info", "debug"];

describe("log", () => {
  test("a line has time, level and source", () => {
    const { tender } = fresh();
    tender.exports["sayAll"]?.();
    assert.equal(tender.lines[2], "2026-11-21T07:35:00Z: [INFO] [application] 3");
  });

  test("shows information by itself", () => {
    assert.deepEqual(said(), upTo(3, 3));
  });

  test("-l LEVEL", () => {
    for (const [level, name] of E_NAMES.entries()) assert.deepEqual(said(`--logs=${name}`), upTo(level, level), name);
  });

  test("-l SOURCE:LEVEL,...", () => {
    assert.deepEqual(said("--logs=arp:debug"), upTo(3, 4));
    assert.deepEqual(said("--logs=error,arp:debug"), upTo(1, 4));
    assert.deepEqual(said("--logs=arp:debug,error"), upTo(1, 4));
    assert.deepEqual(said("--logs=*:warning,application:quiet"), upTo(0, 2));
    assert.deepEqual(said("--logs=debug,ar:quiet,arpx:quiet"), upTo(4, 4));
    assert.deepEqual(said("--logs=arp:debug,arp:error"), upTo(3, 1));
  });

  test("levels that cannot be end the image, and the tender refuses the same ones", () => {
    const bad = [
      "",
      "infos",
      "inf",
      "INFO",
      "info,",
      ",info",
      "info,,debug",
      ":info",
      "arp:",
      "arp",
      "a:b:info",
      "arp:info:",
    ];
    for (const spec of bad) {
      const { tender } = fresh(`--logs=${spec}`);
      assert.throws(
        () => tender.exports["sayAll"]?.(),
        (error) => error instanceof GuestExit && error.status === 64,
        spec,
      );
      assert.deepEqual(tender.lines, [
        `--logs: "${spec}" is not a list of log levels; ` +
          "expected quiet, error, warning, info, debug or SOURCE:LEVEL, as in info,arp:debug",
      ]);
      assert.equal(isValue({ type: "log-levels", default: "info" }, spec), false, spec);
    }
  });

  test("the tender and the image agree on what levels can be", () => {
    const piece = fc.constantFrom(...E_NAMES, "arp", "*", ":", ",", " ", "x");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const spec = pieces.join("");
        let accepted = true;
        try {
          fresh(`--logs=${spec}`).tender.exports["sayAll"]?.();
        } catch {
          accepted = false;
        }
        assert.equal(accepted, isValue({ type: "log-levels", default: "info" }, spec), spec);
      }),
      { numRuns: 300 },
    );
  });

  test("levels can be changed later", () => {
    const { tender, pass } = fresh("--logs=error");
    const level = () => tender.exports["level"]?.();
    assert.equal(level(), 1);
    pass("change", "quiet,arp:debug");
    assert.equal(level(), 4);
    pass("change", "quiet");
    assert.equal(level(), 0);
    assert.throws(() => pass("change", "loud"), GuestExit);
  });

  test("levels set before the first line win over the argument", () => {
    const { tender, pass } = fresh("--logs=error");
    pass("change", "debug");
    assert.equal(tender.exports["level"]?.(), 4);
  });

  test("control characters cannot forge a line or reach a terminal", () => {
    const { tender, pass } = fresh();
    pass("say", "a\n2026-11-21T07:35:00Z: [INFO] [application] b\r\x1b[2J\x7f\x9b\t\u00a0é€😀");
    assert.deepEqual(tender.lines, [
      "2026-11-21T07:35:00Z: [INFO] [application] " +
        "a\\x0a2026-11-21T07:35:00Z: [INFO] [application] b\\x0d\\x1b[2J\\x7f\\x9b\\x09\u00a0é€😀",
    ]);
  });
});
