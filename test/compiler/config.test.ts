import assert from "node:assert/strict";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { block, key, network, register, resolver, stack, unikernel } from "../../compiler/config/index.ts";
import { formatSite, ProjectError } from "../../compiler/errors.ts";
import { makeGraph } from "../../compiler/graph/graph.ts";

/** Runs `action` as config.ts written with `any` would: what it is given is not checked by TypeScript. */
function refused(action: (language: ReturnType<typeof untyped>) => unknown, message: RegExp): void {
  assert.throws(
    () => action(untyped()),
    (error) => {
      assert(error instanceof ProjectError);
      assert.match(error.message, message);
      assert.equal(basename(error.site?.file ?? ""), "config.test.js");
      return true;
    },
  );
}

// biome-ignore lint/suspicious/noExplicitAny: the mistakes below are those that only `any` allows
type Untyped = (...args: any[]) => any;

function untyped(): Record<"block" | "key" | "network" | "register" | "stack" | "unikernel", Untyped> {
  return { block, key, network, register, stack, unikernel } as Record<string, Untyped> as ReturnType<typeof untyped>;
}

describe("devices", () => {
  test("know where they were declared", () => {
    const line = Number(/config\.test\.js:(\d+)/.exec(new Error().stack ?? "")?.[1]);
    const device = network("service");
    assert.equal(basename(formatSite(device.site ?? { file: "", line: 0 })), `config.test.js:${line + 1}`);
  });

  test("refuse a malformed name", () => {
    refused(({ network }) => network("Service"), /^the name of a network device is "Service"; expected lower-case/);
    refused(({ block }) => block(""), /^the name of a block device is ""/);
    refused(({ block }) => block(5), /^the name of a block device is 5/);
    refused(({ network }) => network("a".repeat(65)), /expected lower-case/);
  });

  test("a network with offloads is another class, and the manifest says so", () => {
    const plain = network("plain", { offload: false });
    const fast = network("fast", { offload: true });
    const job = unikernel("./unikernel", { plain: "network", fast: "network" })({ plain, fast });
    const graph = makeGraph(register("x", job));
    assert.deepEqual(
      graph.devices.map((d) => d.recipe.className),
      ["NetworkDevice", "OffloadDevice"],
    );
    assert.deepEqual(graph.attached, [
      { name: "plain", kind: "network" },
      { name: "fast", kind: "network", offload: 255 },
    ]);
    refused(
      ({ network }) => network("x", { offload: "on" }),
      /^network\("x"\): offload is a string; expected true or false$/,
    );
  });

  test("refuse a device of another kind, and name both kinds", () => {
    refused(
      ({ stack, block }) => stack(block("storage")),
      /^stack needs a network as its network, but is given a block, declared at .*config\.test\.js:\d+$/,
    );
    refused(({ stack }) => stack("service"), /needs a network as its network, but is given a string$/);
  });
});

describe("key", () => {
  test("takes its type from the default", () => {
    assert.deepEqual(
      [key("a", "x", "A."), key("b", -1, "B."), key("c", true, "C.")].map(({ type, default: value }) => [type, value]),
      [
        ["string", "x"],
        ["i32", "-1"],
        ["flag", "true"],
      ],
    );
  });

  test("takes its type from the options", () => {
    assert.equal(key("p", 80, "P.", { type: "port" }).type, "port");
    assert.equal(key("a", "10.0.0.1", "A.", { type: "ipv4" }).type, "ipv4");
    assert.equal(key("n", "10.0.0.1/8", "N.", { type: "ipv4-prefix" }).type, "ipv4-prefix");
    assert.equal(key("b", false, "B.", { type: "bool" }).type, "bool");
    assert.equal(key("none", "", "Empty is none.", { type: "ipv4" }).default, "");
    assert.equal(key("t", "5s", "T.", { type: "duration" }).type, "duration");
    assert.equal(key("six", "::1", "S.", { type: "ipv6" }).type, "ipv6");
    assert.equal(key("list", ["a", "b"], "L.").default, "a,b");
    assert.equal(key("list", [1, 2], "L.").type, "i32-list");
    assert.equal(key("list", [], "L.").type, "string-list");
    assert.equal(key("list", [], "L.", { type: "port-list" }).type, "port-list");
  });

  test("refuses what cannot be", () => {
    refused(({ key }) => key("Port", 80, "P."), /^key "Port": expected a name of lower-case letters/);
    refused(({ key }) => key("help", 80, "P."), /^key "help": --help is taken by fata itself/);
    refused(({ key }) => key("logs", "info", "L."), /^key "logs": --logs is taken/);
    refused(({ key }) => key("constructor", 1, "X."), /^key "constructor": a class has no field of this name/);
    refused(({ key }) => key("x", 1.5, "X."), /^key "x": the default 1.5 is not a whole number/);
    refused(({ key }) => key("x", 2 ** 31, "X."), /is not a whole number from -2147483648 to 2147483647/);
    refused(({ key }) => key("x", 65536, "X.", { type: "port" }), /is not a port from 1 to 65535/);
    refused(({ key }) => key("x", "10.0.0", "X.", { type: "ipv4" }), /is not an IPv4 address such as/);
    refused(({ key }) => key("x", "10.0.0.1/33", "X.", { type: "ipv4-prefix" }), /is not an IPv4 address and prefix/);
    refused(
      ({ key }) => key("x", 5, "X.", { type: "string" }),
      /a number as default makes a i32 or port, not a string/,
    );
    refused(({ key }) => key("x", {}, "X."), /expected a text, a number, a boolean or a list as default, found object/);
    refused(({ key }) => key("x", [1, "a"], "X."), /a boolean or a list as default, found object/);
    refused(({ key }) => key("x", ["a,b"], "X."), /^key "x": a value of a list cannot have a comma in it$/);
    refused(({ key }) => key("x", [0], "X.", { type: "port-list" }), /the default 0 is not a list with commas between/);
    refused(({ key }) => key("x", "5", "X.", { type: "duration" }), /the default 5 is not a duration of at most/);
    refused(({ key }) => key("x", "", "X.", { type: "duration" }), /the default "" is not a duration of at most/);
    refused(({ key }) => key("x", "", "X.", { type: "ipv6-prefix" }), /the default "" is not an IPv6 address and/);
    refused(({ key }) => key("x", 5, "X.", { stage: "never" }), /stage is "never"; expected one of build, run, both/);
    refused(({ key }) => key("x", 5, "X.", { stage: "build", short: "x" }), /a key of stage "build" has no short/);
    refused(({ key }) => key("x", 5), /expected a sentence that documents it as third argument/);
    refused(({ key }) => key("x", 5, "X.", { short: "h" }), /short is "h"; expected one letter other than h, l/);
    refused(({ key }) => key("x", 5, "X.", { short: "xy" }), /short is "xy"/);
  });
});

describe("unikernel", () => {
  test("refuses a wrong, a missing and an unknown device", () => {
    const needs = { net: "stack", disk: "block" };
    refused(
      ({ unikernel, network, block }) => unikernel("./u", needs)({ net: network("n"), disk: block("d") }),
      /^unikernel "\.\/u" needs a stack as "net", but is given a network, declared at .*:\d+$/,
    );
    refused(
      ({ unikernel, block }) => unikernel("./u", needs)({ disk: block("d") }),
      /needs a stack as "net", but is given undefined$/,
    );
    refused(
      ({ unikernel, block }) => unikernel("./u", { disk: "block" })({ disk: block("d"), net: block("e") }),
      /is given "net", which it does not need; it needs disk: "block"$/,
    );
    refused(
      ({ unikernel }) => unikernel("./u")({ net: 1 }),
      /is given "net", which it does not need; it needs nothing$/,
    );
    refused(({ unikernel }) => unikernel("./u", needs)(null), /takes one record of devices, but is given null$/);
  });

  test("refuses a module or needs that cannot be", () => {
    for (const module of ["unikernel", "./unikernel.ts", "./", './a"b', 7])
      refused(({ unikernel }) => unikernel(module), /expected the path of a module without its ending/);
    refused(({ unikernel }) => unikernel("./u", "net"), /expected its needs, such as/);
    refused(({ unikernel }) => unikernel("./u", { net: "stak" }), /needs a "stak" as "net"; the kinds are network, /);
    refused(({ unikernel }) => unikernel("./u", { 1: "stack" }), /the need "1" is no parameter's name/);
  });
});

describe("register", () => {
  test("refuses what is no job, no key, no name", () => {
    refused(
      ({ register, unikernel }) => register("a", unikernel("./u")),
      /^register\("a", ...\): expected a job, found a function; apply the unikernel to its devices/,
    );
    refused(
      ({ register, unikernel }) => register("a", unikernel("./u")(), "port"),
      /expected a job, a key or a file, found a string$/,
    );
    refused(({ register, unikernel }) => register("A b", unikernel("./u")()), /^the name of an image is "A b"/);
  });
});

describe("the graph", () => {
  test("makes each device once, after those that it is made from and those that the tender attaches", () => {
    const service = network("service");
    const net = stack(service);
    const job = unikernel("./u", { a: "stack", raw: "network", disk: "block", b: "stack" });
    const { devices, attached } = makeGraph(
      register("app", job({ b: net, disk: block("storage"), a: net, raw: service })),
    );
    assert.deepEqual(
      devices.map((device) => device.recipe.name),
      ["service", "storage", "stack"],
    );
    assert.deepEqual(attached, [
      { name: "service", kind: "network" },
      { name: "storage", kind: "block" },
    ]);
  });

  test("collects the keys of the application, of its devices, and of every image", () => {
    const job = unikernel("./u", { net: "stack" });
    const graph = makeGraph(register("app", job({ net: stack(network("service")) }), key("port", 80, "P.")));
    assert.deepEqual(
      graph.keys.map(({ name, type, default: value, short }) => [name, type, value, short]),
      [
        ["port", "i32", "80", ""],
        ["ipv4", "ipv4-prefix", "10.0.0.2/24", ""],
        ["ipv4-gateway", "ipv4", "", ""],
        ["dhcp", "flag", "false", ""],
        ["hostname", "string", "", ""],
        ["logs", "log-levels", "info", "l"],
      ],
    );
  });

  test("a resolver brings the servers' key, and takes a stack", () => {
    const job = unikernel("./u", { names: "resolver" });
    const names = resolver(stack(network("service"), { dhcp: false }), { group: "lan" });
    const graph = makeGraph(register("app", job({ names })));
    assert.deepEqual(
      graph.keys.map(({ name, type, default: value }) => [name, type, value]),
      [
        ["ipv4", "ipv4-prefix", "10.0.0.2/24"],
        ["ipv4-gateway", "ipv4", ""],
        ["lan-dns-servers", "ipv4-list", ""],
        ["logs", "log-levels", "info"],
      ],
    );
    assert.equal(graph.devices.at(-1)?.recipe.className, "Resolver");
    refused(({ network }) => resolver(network("x")), /^resolver needs a stack as its stack, but is given a network/);
    refused(
      ({ stack, network }) => resolver(stack(network("x")), { group: "A" }),
      /^the name of the group of a resolver is "A"/,
    );
  });

  test("a stack without DHCP is another class, and has neither its keys nor words about it", () => {
    const job = unikernel("./u", { net: "stack" });
    const graph = makeGraph(register("app", job({ net: stack(network("service"), { dhcp: false }) })));
    assert.deepEqual(
      graph.keys.map((key) => key.name),
      ["ipv4", "ipv4-gateway", "logs"],
    );
    assert(graph.keys.every((key) => !key.doc.includes("dhcp")));
    const classes = [graph, makeGraph(register("app", job({ net: stack(network("service")) })))].map(
      ({ devices }) => devices.at(-1)?.recipe.className,
    );
    assert.deepEqual(classes, ["Stack", "DhcpStack"]);
    refused(
      ({ stack }) => stack(network("x"), { address: "10.0.0.2" }),
      /^stack: address is "10.0.0.2"; expected .*10/,
    );
    refused(({ stack }) => stack(network("x"), { dhcp: "no" }), /^stack: dhcp is a string; expected true or false$/);
  });

  test("refuses two devices of one name, and says where the first is", () => {
    const job = unikernel("./u", { a: "network", b: "block" });
    assert.throws(
      () => makeGraph(register("app", job({ a: network("twin"), b: block("twin") }))),
      /^Error: a device "twin" was declared already at .*config\.test\.js:\d+; give one another name, or share one/,
    );
  });

  test("tells two stacks apart by their groups", () => {
    const job = unikernel("./u", { a: "stack", b: "stack" });
    assert.throws(
      () => makeGraph(register("app", job({ a: stack(network("x")), b: stack(network("y")) }))),
      /a key "ipv4" was declared already at .*; give one another name/,
    );
    const management = stack(network("y"), { group: "management" });
    const graph = makeGraph(register("app", job({ a: stack(network("x")), b: management })));
    const names = graph.keys.map((key) => key.name);
    for (const name of ["ipv4", "ipv4-gateway", "dhcp", "hostname"]) {
      assert(names.includes(name));
      assert(names.includes(`management-${name}`));
    }
    assert.match(
      graph.keys.find((key) => key.name === "management-ipv4")?.doc ?? "",
      /Not used with --management-dhcp\.$/,
    );
  });

  test("refuses keys whose fields or short forms would be one", () => {
    const job = unikernel("./u")();
    const twins = register("app", job, key("a-b", 1, "A."), key("a--b", 2, "B."));
    assert.throws(() => makeGraph(twins), /a key's field "aB" was declared already/);
    const shorts = register("app", job, key("a", 1, "A.", { short: "p" }), key("b", 2, "B.", { short: "p" }));
    assert.throws(() => makeGraph(shorts), /a key's short form "p" was declared already/);
  });
});
