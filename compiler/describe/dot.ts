import type { DescribedDevice, Description } from "./project.ts";

/** A project as a graph for Graphviz: an arrow leads from what needs a device or key to it. */
export function formatDot({ name, jobs, devices, keys, options }: Description): string {
  const all = [...jobs, ...devices];
  const usedKeys = new Set(all.flatMap(({ parameters }) => parameters.flatMap(({ key }) => key ?? [])));
  const lines = [
    `digraph ${quote(name)} {`,
    "  rankdir=LR;",
    ...jobs.map((job) => `  ${node(job)} [shape=box, label=${label(job.class, job.module, job.declared)}];`),
    ...devices.map((device) => {
      const { id, kind, class: className, module, attachedBy, declared } = device;
      const from = module === "fata" ? className : `${className} of ${module}`;
      return `  ${node(device)} [label=${label(`${id} (${kind})`, from, attachedBy, declared)}];`;
    }),
    ...keys
      .filter((key) => usedKeys.has(key.name))
      .map(
        (key) => `  ${quote(`--${key.name}`)} [shape=note, label=${label(`--${key.name}`, key.type, key.declared)}];`,
      ),
    ...all.flatMap((from) =>
      from.parameters.flatMap(({ name, device, key, chosenBy = [] }) => {
        const to = devices.find(({ id }) => id === device);
        const target = to ? node(to) : key === undefined ? undefined : quote(`--${key}`);
        return target ? [`  ${node(from)} -> ${target} [label=${label(name, ...chosenBy)}];`] : [];
      }),
    ),
    ...(options.length > 0
      ? [`  label=${label(...options.map((option) => `--${option.name}=${option.value}`))};`]
      : []),
    "}",
  ];
  return lines.join("\n");
}

function node({ kind, id }: DescribedDevice): string {
  return quote(kind === "job" ? `job ${id}` : id);
}

/** Lines of a label. */
function label(...lines: readonly (string | undefined)[]): string {
  return `"${lines
    .filter((line) => line !== undefined)
    .map(escaped)
    .join("\\n")}"`;
}

function quote(text: string): string {
  return `"${escaped(text)}"`;
}

/** Graphviz knows escapes in names and labels; paths may hold anything. */
function escaped(text: string): string {
  return text.replace(/["\\]/g, "\\$&").replace(/\n/g, " ");
}
