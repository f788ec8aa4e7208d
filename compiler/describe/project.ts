import { relative } from "node:path";
import { Contents } from "../config/contents.ts";
import { Key } from "../config/key.ts";
import { formatSite, type Site } from "../errors.ts";
import type { Choice, Graph, Made, Parameter } from "../graph/graph.ts";
import { nameVariables } from "../print/names.ts";
import type { Project } from "../project/load.ts";

/** A project as `fata describe --json` tells it. Places are `FILE:LINE`, from the project's folder. */
export interface Description {
  readonly name: string;
  readonly version: string;
  readonly declared?: string;
  /** They run side by side. */
  readonly jobs: readonly DescribedDevice[];
  /** Each after those that it is made from. */
  readonly devices: readonly DescribedDevice[];
  readonly keys: readonly DescribedKey[];
  readonly options: readonly DescribedOption[];
  readonly files: readonly { readonly path: string; readonly declared?: string }[];
}

export interface DescribedDevice {
  /** Its variable in main.ts; of a job a number. */
  readonly id: string;
  readonly kind: string;
  readonly class: string;
  /** The module of the class: "fata", or a path from the project's folder. */
  readonly module: string;
  /** The option of the tender that attaches it. */
  readonly attachedBy?: string;
  readonly parameters: readonly DescribedParameter[];
  readonly declared?: string;
}

/** What a constructor is given: one of a device, by id, a key, by name, a text, and files or a folder. */
export interface DescribedParameter {
  readonly name: string;
  readonly device?: string;
  readonly key?: string;
  readonly text?: string;
  /** From the project's folder. */
  readonly folder?: string;
  readonly files?: readonly string[];
  /** The options that chose it: `--storage=file`. */
  readonly chosenBy?: readonly string[];
}

export interface DescribedKey {
  readonly name: string;
  readonly type: string;
  readonly default: string;
  readonly doc: string;
  readonly short?: string;
  readonly stage: string;
  /** What the default was given by: `--hello` or `FATA_HELLO`. */
  readonly givenBy?: string;
  readonly declared?: string;
}

export interface DescribedOption {
  readonly name: string;
  readonly values: readonly string[];
  readonly value: string;
  readonly doc: string;
  readonly givenBy?: string;
  readonly declared?: string;
}

const attachOptions = { network: "--net", block: "--disk" } as const;

/** What a project is made of. */
export function describeProject({ directory, registration, version }: Project, graph: Graph): Description {
  const ids = new Map(nameVariables(graph.devices));
  for (const [index, job] of graph.jobs.entries()) ids.set(job, String(index + 1));
  const declared = (site: Site | undefined) => site && { declared: formatSite(site, directory) };
  const given = (value: Parameter["value"]): Partial<DescribedParameter> => {
    if (typeof value === "string" || typeof value === "number") return { text: String(value) };
    if (value instanceof Key) return { key: value.name };
    if (value instanceof Contents) {
      const paths = value.paths.map((path) => relative(directory, path));
      return value.namespace === "folders" ? { folder: paths.join() } : { files: paths };
    }
    return { device: ids.get(value) ?? "" };
  };
  const device = (made: Made): DescribedDevice => {
    const { name, className, module, attached } = made.recipe;
    const file =
      module && relative(directory, module.file.startsWith("/") ? module.file : `${directory}/${module.file}`);
    return {
      id: ids.get(made) ?? "",
      kind: made.kind,
      class: className,
      module: file ?? "fata",
      ...(attached && { attachedBy: `${attachOptions[attached]}:${name}` }),
      parameters: made.parameters.map(({ name, value, chosenBy }) => ({
        name,
        ...given(value),
        ...(chosenBy.length > 0 && { chosenBy: chosenBy.map(spellChoice) }),
      })),
      ...declared(made.site),
    };
  };
  return {
    name: registration.name,
    version,
    ...declared(registration.site),
    jobs: graph.jobs.map(device),
    devices: graph.devices.map(device),
    keys: graph.keys.map(({ name, type, default: preset, doc, short, stage, givenBy, site }) => ({
      name,
      type,
      default: preset,
      doc,
      ...(short && { short }),
      stage,
      ...(givenBy && { givenBy }),
      ...declared(site),
    })),
    options: graph.choices.map(({ option: { name, values, doc, site }, value, givenBy }) => ({
      name,
      values,
      value,
      doc,
      ...(givenBy && { givenBy }),
      ...declared(site),
    })),
    files: graph.files.map(({ path, site }) => ({ path, ...declared(site) })),
  };
}

function spellChoice({ option, value }: Choice): string {
  return `--${option.name}=${value}`;
}
