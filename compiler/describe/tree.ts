import type { DescribedDevice, DescribedKey, DescribedParameter, Description } from "./project.ts";

/** A line of the tree, what stands below it, and where it was declared. */
interface Branch {
  readonly text: string;
  readonly declared?: string | undefined;
  readonly branches: readonly Branch[];
}

/** Columns between a line and where it was declared. */
const GAP = 2;
/** What is longer than that does not move the places of the others. */
const COLUMN_MAX = 78;

/** A project as a tree for people: jobs, the devices below those that use them, keys, options and files. */
export function formatTree(description: Description): string {
  const { name, version, declared } = description;
  const shown = new Set<string>();
  const used = new Set<string>();
  const jobs = description.jobs.map((job) => deviceBranch(description, job, "job: ", shown, used));
  const root: Branch = {
    text: `${name} ${version}`,
    declared,
    branches: [
      ...jobs,
      ...description.options.map((option) => ({
        text: `option: --${option.name}=${option.value} of ${option.values.join(", ")}${by(option.givenBy)}`,
        declared: option.declared,
        branches: [],
      })),
      ...description.keys.filter((key) => !used.has(key.name)).map((key) => keyBranch(key, "key: ")),
      ...description.files.map(({ path, declared }) => ({ text: `file: ${path}`, declared, branches: [] })),
    ],
  };
  const lines = draw(root, "", "");
  const widths = lines.map(([text]) => [...text].length).filter((width) => width <= COLUMN_MAX);
  const column = Math.max(...widths, 0) + GAP;
  return lines
    .map(([text, place]) => (place ? text + " ".repeat(Math.max(column - [...text].length, GAP)) + place : text))
    .join("\n");
}

function draw({ text, declared, branches }: Branch, first: string, rest: string): [text: string, place: string][] {
  const below = branches.flatMap((branch, index) => {
    const last = index === branches.length - 1;
    return draw(branch, `${rest}${last ? "└─ " : "├─ "}`, `${rest}${last ? "   " : "│  "}`);
  });
  return [[first + text, declared ?? ""], ...below];
}

function deviceBranch(
  description: Description,
  device: DescribedDevice,
  label: string,
  shown: Set<string>,
  used: Set<string>,
  chosenBy: readonly string[] = [],
): Branch {
  const isJob = device.kind === "job";
  const id = `${isJob ? "job " : ""}${device.id}`;
  const chosen = chosenBy.map((choice) => `, by ${choice}`).join("");
  if (shown.has(id)) return { text: `${label}${device.id}${chosen}, see above`, branches: [] };
  const from = device.module === "fata" ? "" : ` of ${device.module}`;
  const what = device.class + from;
  const attached = device.attachedBy ? `, attached by ${device.attachedBy}` : "";
  const text = label + (isJob ? what : `${device.id} (${device.kind}, ${what})`) + attached + chosen;
  shown.add(id);
  const branches = device.parameters.flatMap((parameter) => parameterBranch(description, parameter, shown, used));
  return { text, declared: device.declared, branches };
}

function parameterBranch(
  description: Description,
  { name, device, key, folder, files, chosenBy }: DescribedParameter,
  shown: Set<string>,
  used: Set<string>,
): Branch[] {
  const found = description.devices.find(({ id }) => id === device);
  if (found) return [deviceBranch(description, found, `${name}: `, shown, used, chosenBy)];
  const read = folder ?? files?.join(", ");
  if (read !== undefined) return [{ text: `${name}: ${read}`, branches: [] }];
  const given = description.keys.find((one) => one.name === key);
  if (!given) return [];
  used.add(given.name);
  return [keyBranch(given, `${name}: `)];
}

function keyBranch(
  { name, short, type, default: preset, stage, givenBy, declared }: DescribedKey,
  label: string,
): Branch {
  const brief = short ? `, -${short}` : "";
  const when = stage === "both" ? "" : `, when it ${stage === "run" ? "runs" : "is built"}`;
  const text = `${label}--${name}${brief} (${type}, default ${JSON.stringify(preset)}${by(givenBy)}${when})`;
  return { text, declared, branches: [] };
}

function by(givenBy: string | undefined): string {
  return givenBy ? ` by ${givenBy}` : "";
}
