/**
 * Puts the `tender` command into one CommonJS file, build/tender/tender.cjs: loading its modules one by one, as ES
 * modules, would take as long as all that the tender itself does before the guest runs. Run by `npm run build`.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

await build({
  absWorkingDir: fileURLToPath(new URL("../../", import.meta.url)),
  entryPoints: ["build/tender/cli.js"],
  outfile: "build/tender/tender.cjs",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  logLevel: "warning",
});
