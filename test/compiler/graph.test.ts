/** The graph of any devices: what is made, in which order, and what cannot be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Device, type Match, type Recipe } from "../../compiler/config/device.ts";
import { block, foreign, kind, match, option, register, unikernel } from "../../compiler/config/index.ts";
import { ProjectError } from "../../compiler/errors.ts";
import { type Graph, type Made, makeGraph } from "../../compiler/graph/graph.ts";
import { nameClasses, nameVariables } from "../../compiler/print/names.ts";
import { DEVICES_MAX } from "../../runtime/abi/manifest.ts";

const thing = kind("thing");
const two = foreign("./two", { left: thing, right: thing }, thing);
const leaf = foreign("./leaf", {}, thing);
const main = unikernel("./unikernel", { thing });

/** Devices by the indices of the earlier ones that they are made from; below zero, a leaf. */
const shapes = fc.array(fc.tuple(fc.integer({ min: -1, max: 30 }), fc.integer({ min: -1, max: 30 })), {
  minLength: 1,
  maxLength: 30,
});

function build(shape: readonly (readonly [number, number])[]): Device<"thing">[] {
  const devices: Device<"thing">[] = [];
  for (const [left, right] of shape) {
    const pick = (index: number): Device<"thing"> => devices[index % Math.max(devices.length, 1)] ?? leaf();
    devices.push(two({ left: pick(left), right: pick(right) }));
  }
  return devices;
}

/** All devices that one is made from, itself included. */
function reached(device: Device, found = new Set<Device>()): Set<Device> {
  found.add(device);
  for (const { value } of (device.source as Recipe).parameters)
    if (value instanceof Device && !found.has(value)) reached(value, found);
  return found;
}

test("each device is made once, after those that it is made from, whoever shares it", () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const last = build(shape).at(-1);
      assert(last);
      const { devices }: Graph = makeGraph(register("app", main({ thing: last })));
      assert.equal(devices.length, reached(last).size);
      assert.equal(new Set(devices.map(({ recipe }) => recipe)).size, devices.length);
      for (const [index, { parameters }] of devices.entries())
        for (const { value } of parameters) assert(devices.slice(0, index).includes(value as Made));
      const variables = nameVariables(devices);
      assert.equal(new Set(variables.values()).size, devices.length);
      assert.equal(
        new Set(nameClasses(devices, variables).values()).size,
        new Set(devices.map((d) => d.recipe.className)).size,
      );
    }),
  );
});

test("a device that is made from itself is refused, and the circle named, however long it is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.boolean(), (length, through) => {
      const devices = [two({ left: leaf(), right: leaf() })];
      while (devices.length < length) devices.push(two({ left: devices.at(-1) ?? leaf(), right: leaf() }));
      const [first] = devices;
      const last = devices.at(-1);
      assert(first && last);
      const which = option("which", ["one"], "One.");
      const value = through ? match(which, { one: last }) : last;
      // The language has no way to say it.
      ((first.source as Recipe).parameters as { name: string; value: Device }[])[1] = { name: "right", value };
      assert.throws(
        () => makeGraph(register("app", main({ thing: last }))),
        (error) => {
          assert(error instanceof ProjectError);
          assert.match(
            error.message,
            /^a thing is made from itself: (two|--which) \(thing\)( <- (two|--which) \(thing\))+$/,
          );
          assert.equal(error.message.split(" <- ").length, length + (through ? 2 : 1));
          return true;
        },
      );
    }),
  );
});

test("two attached devices of one name are refused, wherever they are", () => {
  const pair = unikernel("./pair", { a: "block", b: "block" });
  fc.assert(
    fc.property(fc.constantFrom("a", "b", "c"), fc.constantFrom("a", "b", "c"), (left, right) => {
      const make = () => makeGraph(register("app", pair({ a: block(left), b: block(right) })));
      if (left === right) assert.throws(make, /a device "[abc]" was declared already at .*; give one another name/);
      else assert.equal(make().attached.length, 2);
      const shared = block(left);
      assert.equal(makeGraph(register("app", pair({ a: shared, b: shared }))).attached.length, 1);
    }),
  );
});

test(`more than ${DEVICES_MAX} devices are refused`, () => {
  const needs = (count: number) => Array.from({ length: count }, (_, i) => `d${i}`);
  const make = (count: number): Graph => {
    const job = unikernel("./many", Object.fromEntries(needs(count).map((name) => [name, "block" as const])));
    return makeGraph(register("app", job(Object.fromEntries(needs(count).map((name) => [name, block(name)])))));
  };
  assert.equal(make(DEVICES_MAX).attached.length, DEVICES_MAX);
  assert.throws(() => make(DEVICES_MAX + 1), /^Error: app has 64 devices; a tender attaches at most 63$/);
});

test("only what an option chooses is in the image", () => {
  const which = option("which", ["one", "both"], "How many.");
  const chosen = match(which, { one: leaf(), both: two({ left: leaf(), right: leaf() }) });
  const registration = register("app", main({ thing: chosen }));
  assert.equal(makeGraph(registration).devices.length, 1);
  assert.equal(makeGraph(registration, (one) => ({ option: one, value: "both" })).devices.length, 3);
  assert.equal((chosen.source as Match).option, which);
});

test("no device is called as a job in main.ts", () => {
  const pair = unikernel("./pair", { a: "block", b: "block" });
  const { devices } = makeGraph(register("app", pair({ a: block("job1"), b: block("keys") })));
  assert.deepEqual([...nameVariables(devices).values()], ["job1Device", "keysBlock"]);
});
