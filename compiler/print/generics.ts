/**
 * Functors: a class of the application may be generic in the devices that its constructor takes. asc makes a class of its own
 * for each device it is applied to, so that calls are direct; main.ts must name the types.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ProjectError } from "../errors.ts";
import type { Made } from "../graph/graph.ts";

/** A generic class. */
interface Generic {
  /** Its type parameters, in order. */
  readonly names: readonly string[];
  /** For each type parameter, the constructor's parameter that is of that type; -1 where none is. */
  readonly parameters: readonly number[];
}

/**
 * The type arguments of each device's class, `<A, B>`; none for a class that is not generic.
 * @param all devices, each after those that it is made from
 * @param directory the project's folder, absolute
 * @param classOf what main.ts calls a device's class
 * @throws ProjectError when a type parameter is no parameter's type
 */
export async function typeArguments(
  all: readonly Made[],
  directory: string,
  classOf: (made: Made) => string,
): Promise<Map<Made, string>> {
  const found = new Map<Made, string>();
  for (const made of all) {
    const { module, className } = made.recipe;
    const generic = module && (await readGeneric(resolve(directory, module.file), className));
    if (!generic) continue;
    const types = generic.parameters.map((index, i) => {
      const value = made.parameters[index]?.value;
      if (typeof value === "object" && "recipe" in value) return classOf(value) + (found.get(value) ?? "");
      throw new ProjectError(
        `${className} of ${module.written} is generic in ${generic.names[i]}, which must be the type of a device that its constructor takes`,
        made.site,
      );
    });
    found.set(made, `<${types.join(", ")}>`);
  }
  return found;
}

async function readGeneric(file: string, className: string): Promise<Generic | undefined> {
  const text = readFileSync(file, "utf8");
  // asc's parser takes a while to load; few classes are generic.
  if (!new RegExp(`\\bclass\\s+${className}\\s*<`).test(text)) return undefined;
  const { newOptions, newProgram, NodeKind, parse } = await import("assemblyscript");
  const program = newProgram(newOptions());
  // What does not parse, asc tells of when it compiles.
  parse(program, text, "module.ts", true);
  const [source] = program.sources.filter((one) => one.normalizedPath === "module.ts");
  const declaration = source?.statements.find(
    (node) => node.kind === NodeKind.ClassDeclaration && node.name?.text === className,
  );
  const names = declaration?.typeParameters?.map((parameter) => parameter.name?.text ?? "") ?? [];
  if (names.length === 0) return undefined;
  const method = declaration?.members?.find((member) => member.name?.text === "constructor");
  const types = (method?.signature?.parameters ?? []).map(({ type }) =>
    type ? text.slice(type.range.start, type.range.end).trim() : "",
  );
  return { names, parameters: names.map((name) => types.indexOf(name)) };
}
