/** The manifest's reader: it must not throw, and what it accepts must be the canonical text. */
import { encodeManifest, parseManifest } from "../../runtime/abi/manifest.ts";
import type { Target } from "./target.ts";

export function manifestTarget(): Target {
  return {
    name: "manifest",
    feed(input) {
      const text = new TextDecoder().decode(input);
      const manifest = parseManifest(text);
      if (typeof manifest !== "string" && encodeManifest(manifest) !== text)
        throw new Error("accepts what is not canonical");
    },
  };
}
