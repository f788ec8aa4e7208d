/** The README of a new project: that of its template's example, told for the project's own folder. */
import { exampleReadme, type Template } from "./templates.ts";

/** Blocks of code, and code in a sentence. */
const CODE = /^```[\s\S]*?^```$|`[^`\n]+`/gm;

/** @param name of the project and its image */
export function projectReadme(template: Template, name: string): string {
  const { example } = template;
  const text = exampleReadme(template)
    .replace(/^# .*/, `# ${name}`)
    .replace(/^<!-- .* -->\n/gm, "") // for the tests of this repository
    .replace(CODE, (code) => ownCommands(code, example, name))
    .replace(/\]\(\.\.\/\.\.\//g, "](node_modules/fata/")
    .replace(/\]\(\.\.\//g, "](node_modules/fata/examples/");
  return text.replace(/^```sh\n/m, "```sh\nnpm install\n") + working;
}

/** `fata build examples/hello` becomes `npx fata build`, and the image is that of the project. */
function ownCommands(code: string, example: string, name: string): string {
  return code
    .replaceAll(`examples/${example}/dist/${example}.wasm`, `dist/${name}.wasm`)
    .replaceAll(`fata build examples/${example}`, "fata build")
    .replace(/^(`?)(fata|tender) /gm, "$1npx $2 ");
}

const working = `
## Working on it

\`config.ts\` says what the image is made of, \`unikernel.ts\` is the program. An editor that knows TypeScript completes and
checks both; \`npm run check\` does so on the command line. \`npx fata build\` writes the image into \`dist/\`, with
\`--release\` a smaller one, with \`--native\` one that needs no Node where it runs; \`npx fata --help\` tells the rest.

- [The command fata, and what config.ts can say](node_modules/fata/docs/cli/fata.md)
- [The command tender, which runs images](node_modules/fata/docs/cli/tender.md)
- [What unikernel.ts can import](node_modules/fata/runtime/index.ts)
`;
