/**
 * The check that no fiber is suspended through a function pointer. Functions do not look for it behind indirect calls (it
 * would double the image), so such a suspension would corrupt the fiber in silence. Calls of virtual methods are safe:
 * asc compiles them to direct calls.
 */
import type binaryen from "binaryen";
import { CompileError } from "./asc.ts";
import { RESUME, SUSPEND } from "./fibers.ts";

/** A name in the module's text. */
const NAME = /\$(?:"([^"]*)"|([^\s()"]+))/;

/** Throws a CompileError that names the functions which have their address taken and can suspend. */
export function checkSuspension(module: binaryen.Module, instance: typeof binaryen): void {
  const pointed = addressTaken(module, instance);
  if (pointed.length === 0) return;
  const suspending = waitingFunctions(module);
  const bad = pointed.filter((name) => suspending.has(name));
  if (bad.length === 0) return;
  throw new CompileError(
    bad
      .map(
        (name) => `ERROR: ${name} is used as a value and can wait (sleep, read, join, ...): a fiber cannot wait in a`,
      )
      .map(
        (line) =>
          `${line} function that is called through a value. Use an object with a method instead, such as an Fn0.`,
      )
      .join("\n"),
  );
}

/** The functions that can suspend the fiber which calls them. */
export function waitingFunctions(module: binaryen.Module): Set<string> {
  return reaching(callers(module.emitText()), SUSPEND, RESUME);
}

function addressTaken(module: binaryen.Module, instance: typeof binaryen): string[] {
  const names: string[] = [];
  for (let i = 0; i < module.getNumElementSegments(); i++)
    names.push(...instance.getElementSegmentInfo(module.getElementSegmentByIndex(i)).data);
  return names;
}

/** For each function, the functions that call it, read from the module's text. */
function callers(text: string): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  let current = "";
  for (const line of text.split("\n")) {
    const op = /^\s*\(?(func|call|return_call) /.exec(line);
    const name = op && NAME.exec(line);
    if (!op || !name) continue;
    const target = name[1] === undefined ? (name[2] ?? "") : unescaped(name[1]);
    if (op[1] === "func") current = target;
    else result.set(target, (result.get(target) ?? new Set()).add(current));
  }
  return result;
}

/** The name that a quoted text stands for: what is not ASCII is written as the bytes of its UTF-8, `\hh` each. */
function unescaped(quoted: string): string {
  const bytes = quoted.replace(/\\([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** All functions from which `target` can be reached without passing `boundary`. */
function reaching(calledBy: Map<string, Set<string>>, target: string, boundary: string): Set<string> {
  const found = new Set<string>();
  const pending = [target];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === boundary || found.has(name)) continue;
    found.add(name);
    pending.push(...(calledBy.get(name) ?? []));
  }
  return found;
}
