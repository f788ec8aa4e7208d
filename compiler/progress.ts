/** Where a command tells what it is doing: on standard error, so that it never mixes with a result. */
export interface Progress {
  stage(text: string): void;
  /** Ends the display, so that other text can follow. */
  end(): void;
}

/** A spinner on a terminal, a line for each stage elsewhere, nothing when quiet. */
export async function showProgress(quiet: boolean): Promise<Progress> {
  if (quiet) return { stage: () => {}, end: () => {} };
  if (!process.stderr.isTTY) return { stage: (text) => process.stderr.write(`${text} ...\n`), end: () => {} };
  const { default: createSpinner } = await import("yocto-spinner");
  const spinner = createSpinner({ stream: process.stderr }).start();
  return {
    stage: (text) => {
      spinner.text = text;
    },
    end: () => {
      spinner.stop();
    },
  };
}
