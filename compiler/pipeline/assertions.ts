/**
 * Failing assertions as an image calls them. asc has each call `abort` with a message, a file, a line and a column, of which
 * none is ever the same as the others': 16 octets. Here a number tells message, file and line, and one function takes it apart.
 * Columns are left out: seldom do two assertions stand in a line.
 */
import type binaryen from "binaryen";
import type { Editor } from "./binaryen.ts";
import { ALIGNMENT } from "./data.ts";
import { Tree } from "./tree.ts";

/** runtime/sys/panic.ts. */
export const ABORT = "~lib/fata/sys/panic/abort";
/** Message, file, line and column. */
const OPERANDS = 4;
const FAIL = "failAssertion";
/** Beyond, it would be longer than what it stands for. */
const NUMBERS = 2 ** 32;

interface Site {
  readonly call: binaryen.ExpressionRef;
  /** Addresses of strings; a message of 0 is none. */
  readonly message: number;
  readonly file: number;
  readonly line: number;
}

/** A digit of the number: addresses from `first` on in units, 0 is address 0. */
interface Digit {
  readonly first: number;
  readonly radix: number;
}

/** Has assertions call the one function. To be called when everything is optimised. */
export function packAssertions(module: binaryen.Module, instance: typeof binaryen): void {
  if (!module.getFunction(ABORT)) return;
  const sites = sitesIn(module, instance);
  const message = digitOf(sites.map((site) => site.message));
  const file = digitOf(sites.map((site) => site.file));
  const lines = Math.max(0, ...sites.map(({ line }) => line)) + 1;
  if (sites.length === 0 || message.radix * file.radix * lines > NUMBERS) return;
  const { Call } = instance as Editor;
  const { i32, none } = instance;
  const number = (value: number) => module.i32.const(value | 0);
  for (const site of sites) {
    const value = (site.line * file.radix + digit(site.file, file)) * message.radix + digit(site.message, message);
    for (const index of [3, 2, 1]) Call.removeOperandAt(site.call, index);
    Call.setOperandAt(site.call, 0, number(value));
    Call.setTarget(site.call, FAIL);
  }
  const local = (index: number) => module.local.get(index, i32);
  const address = ({ first }: Digit) => {
    const at = module.i32.add(module.i32.mul(local(1), number(ALIGNMENT)), number(first - ALIGNMENT));
    return module.select(local(1), at, number(0));
  };
  const take = ({ radix }: Digit) => [
    module.local.set(1, module.i32.rem_u(local(0), number(radix))),
    module.local.set(0, module.i32.div_u(local(0), number(radix))),
  ];
  const body = module.block(null, [
    ...take(message),
    module.local.set(2, address(message)),
    ...take(file),
    module.call(ABORT, [local(2), address(file), local(0), number(0)], none),
  ]);
  module.addFunction(FAIL, instance.createType([i32]), none, [i32, i32], body);
}

/** The calls of which all is known. */
function sitesIn(module: binaryen.Module, instance: typeof binaryen): Site[] {
  const tree = new Tree(instance);
  const sites: Site[] = [];
  tree.each(module, (call, info) => {
    if (info.id !== instance.CallId || info["target"] !== ABORT) return;
    const operands = (info["operands"] as binaryen.ExpressionRef[]).map((operand) => tree.info(operand));
    // Where all calls agree on an operand, as in a small program, Binaryen has put it into `abort`: these stay as they are.
    if (operands.length !== OPERANDS || !operands.every(({ id }) => id === instance.ConstId)) return;
    const [message = 0, file = 0, line = 0] = operands.map((operand) => operand["value"] as number);
    if (file !== 0 && message % ALIGNMENT === 0 && file % ALIGNMENT === 0) sites.push({ call, message, file, line });
  });
  return sites;
}

function digitOf(addresses: readonly number[]): Digit {
  const there = addresses.filter((address) => address !== 0);
  const first = Math.min(...there);
  return { first, radix: there.length === 0 ? 1 : (Math.max(...there) - first) / ALIGNMENT + 2 };
}

function digit(address: number, { first }: Digit): number {
  return address === 0 ? 0 : (address - first) / ALIGNMENT + 1;
}
