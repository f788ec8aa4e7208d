import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { durationMs } from "../../../runtime/abi/manifest.ts";
import { compileGuest } from "../../support/guest.ts";
import { stringAt } from "../../support/strings.ts";
import { GuestExit } from "../../support/tender.ts";
import { values } from "../../vectors/values.ts";

const guest = await compileGuest(import.meta.url, "args.as.ts");

function call(name: string, argv: string[], ...values: number[]): number {
  return Number(guest.instantiate({ arguments: argv }).exports[name]?.(...values));
}

function text(name: string, argv: string[]): string | undefined {
  const tender = guest.instantiate({ arguments: argv });
  const at = Number(tender.exports[name]?.());
  return at ? stringAt(tender.memory, at) : undefined;
}

/** Calls an export that must end the image with status 64. @returns the line that it printed */
function refused(name: string, argv: (string | Uint8Array)[]): string {
  const tender = guest.instantiate({ arguments: argv });
  assert.throws(
    () => tender.exports[name]?.(0),
    (error) => error instanceof GuestExit && error.status === 64,
  );
  assert.equal(tender.lines.length, 1);
  return tender.lines[0] ?? "";
}

describe("arguments", () => {
  test("are found by their whole name", () => {
    assert.equal(text("given", []), undefined);
    assert.equal(text("given", ["--name=x"]), "x");
    assert.equal(text("given", ["--name="]), "");
    assert.equal(text("given", ["--other=1", "--name==a=b", "--z=2"]), "=a=b");
    for (const other of [
      "--nam=x",
      "--names=x",
      "--name",
      "-name=x",
      "name=x",
      "--Name=x",
      "",
      "-",
      "--",
      "--=",
      "=",
    ]) {
      assert.equal(text("given", [other]), undefined, other);
    }
  });

  test("the last one counts", () => {
    assert.equal(text("given", ["--name=a", "--name=b", "--names=c"]), "b");
  });

  test("carry any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300, size: "max" }), (value) => {
        assert.equal(text("text", [`--name=${value}`]), value);
      }),
      { numRuns: 50 },
    );
    const long = "0123456789".repeat(10_000);
    assert.equal(text("text", [`--name=${long}`]), long);
  });

  test("must be UTF-8", () => {
    for (const byte of [0x80, 0xc0, 0xff]) {
      const argument = Uint8Array.from([...Buffer.from("--name=a"), byte]);
      assert.equal(refused("text", [argument]), '--name: "?" is not text in UTF-8');
    }
  });

  test("have fallbacks", () => {
    assert.equal(text("text", ["--number=1"]), "fallback");
    assert.equal(call("number", []), 42);
    assert.equal(call("port", []), 80);
    assert.equal(call("truth", [], 0), 0);
    assert.equal(call("truth", [], 1), 1);
  });

  test("numbers", () => {
    for (const value of [0, 1, -1, 7, 2147483647, -2147483648]) {
      assert.equal(call("number", [`--number=${value}`]), value);
    }
    for (const value of [1, 443, 65535]) assert.equal(call("port", [`--port=${value}`]), value);
  });

  test("what is not a number is refused", () => {
    const junk = ["", "-", "x", "1x", " 1", "1 ", "+1", "0x10", "1e3", "1.5", "--1", "2147483648", "-2147483649"];
    for (const value of [...junk, "99999999999", "184467440737095516161", "１"]) {
      assert.equal(
        refused("number", [`--number=${value}`]),
        `--number: "${value}" is not a number; expected -2147483648 to 2147483647`,
      );
    }
    for (const value of ["0", "-1", "65536", "http"]) {
      assert.equal(refused("port", [`--port=${value}`]), `--port: "${value}" is not a number; expected 1 to 65535`);
    }
  });

  test("truth values", () => {
    assert.equal(call("truth", ["--truth=true"], 0), 1);
    assert.equal(call("truth", ["--truth=false"], 1), 0);
    for (const value of ["", "1", "yes", "True", "truefalse"]) {
      assert.equal(refused("truth", [`--truth=${value}`]), `--truth: "${value}" is not true or false`);
    }
  });

  test("durations", () => {
    assert.equal(call("duration", []), 30_000);
    for (const value of values.duration.right)
      assert.equal(call("duration", [`--duration=${value}`]), durationMs(value));
    // A needless zero in front is the tender's business.
    for (const value of values.duration.wrong.filter((text) => !/^0\d/.test(text) && !text.includes("\n"))) {
      assert.equal(
        refused("duration", [`--duration=${value}`]),
        `--duration: "${value}" is not a duration; expected one such as 500ms, 30s, 5m, 2h or 7d, of at most 36500d`,
      );
    }
  });

  test("lists", () => {
    assert.deepEqual(
      ["texts", "numbers", "ports", "durations"].map((name) => text(name, [])),
      ["a;b", "1;2", "", "1000;60000"],
    );
    assert.equal(text("texts", ["--texts=x,,y"]), "x;;y");
    assert.equal(text("texts", ["--texts="]), "");
    assert.equal(text("numbers", ["--numbers=-5"]), "-5");
    assert.equal(text("ports", ["--ports=80,443,8080"]), "80;443;8080");
    assert.equal(text("durations", ["--durations="]), "");
    assert.equal(
      refused("numbers", ["--numbers=1,"]),
      '--numbers: "" is not a number; expected -2147483648 to 2147483647',
    );
    assert.equal(refused("ports", ["--ports=80,0"]), '--ports: "0" is not a number; expected 1 to 65535');
    assert.match(refused("durations", ["--durations=1s,2"]), /^--durations: "2" is not a duration; expected one such/);
  });
});
