/** What `fata init` asks on a terminal. */
import { resolve } from "node:path";
import { cancel, intro, select, text } from "@clack/prompts";
import { CancelledError } from "../errors.ts";
import { findTemplate, type Template, templates } from "./templates.ts";

export interface Answers {
  readonly dir: string;
  readonly template: Template;
}

/**
 * Asks for what is not given.
 * @param wrongFolder tells what is wrong with a folder for the project, undefined where nothing is
 * @throws CancelledError when the user does not want to
 */
export async function ask(
  given: { readonly dir: string | undefined; readonly template: Template | undefined },
  wrongFolder: (directory: string, template: Template) => string | undefined,
): Promise<Answers> {
  intro("A new unikernel");
  const template =
    given.template ?? findTemplate(answered(await select({ message: "What shall it do at first?", options })));
  const dir =
    given.dir ??
    answered(
      await text({
        message: "In which folder? Its name becomes that of the image.",
        placeholder: `my-${template.name}`,
        defaultValue: `my-${template.name}`,
        validate: (value) => (value ? wrongFolder(resolve(value), template) : undefined),
      }),
    );
  return { dir, template };
}

const options = templates.map(({ name, doc }) => ({ value: name, label: name, hint: doc }));

function answered(answer: string | symbol): string {
  if (typeof answer === "string") return answer;
  cancel("Nothing was made.");
  throw new CancelledError(); // the only symbol: Ctrl-C or Escape
}
