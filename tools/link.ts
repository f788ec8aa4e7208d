/**
 * Links the commands of this package in node_modules/.bin of its own clone, where npm links those of dependencies only
 * (`npx fata` would work, but installs the clone into npm's cache first, which takes seconds). Run by `npm run build`,
 * since tsc writes files that are not executable.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "node_modules/.bin");
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: Record<string, string> };

mkdirSync(folder, { recursive: true });
for (const [name, path] of Object.entries(bin)) {
  const script = join(root, path);
  const link = join(folder, name);
  chmodSync(script, 0o755);
  rmSync(link, { force: true });
  symlinkSync(relative(folder, script), link);
}
