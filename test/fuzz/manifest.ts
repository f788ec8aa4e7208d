/**
 * The manifest's readers: they must not throw, what they accept must be the canonical text, and both must accept the same
 * texts and find the same in them.
 */
import { encodeManifest, isValue, MANIFEST_MAX, type Manifest, parseManifest } from "../../runtime/abi/manifest.ts";
import { ABI_VERSION } from "../../runtime/abi/tender.ts";
import { compareAnswers, openReaders } from "./native/readers.ts";
import type { Target } from "./target.ts";
import { decodeStrictly } from "./text.ts";

export function manifestTarget(): Target {
  const { readManifest } = openReaders();
  return {
    name: "manifest",
    feed(input) {
      const text = new TextDecoder().decode(input);
      const manifest = parseManifest(text);
      if (typeof manifest !== "string" && encodeManifest(manifest) !== text)
        throw new Error("accepts what is not canonical");
      // C reads in the order of the text, so that of two faults it may tell the other one.
      compareAnswers("the manifest", readHere(input), readManifest(input), { lines: false });
    },
  };
}

/** As tender/image.ts reads it. */
function readHere(input: Uint8Array): string[] | string {
  if (input.length > MANIFEST_MAX) return "it is too long";
  const text = decodeStrictly(input);
  const manifest = text === undefined ? "it is not UTF-8" : parseManifest(text);
  if (typeof manifest === "string") return manifest;
  return manifest.abi === ABI_VERSION ? listManifest(manifest) : "it is of another version";
}

function listManifest(m: Manifest): string[] {
  return [
    ...[m.name, m.version, m.build, `${m.memory.initial}`, `${m.memory.maximum}`],
    ...m.devices.flatMap((d) => [d.name, d.kind, `${d.offload ?? 0}`]),
    ...m.arguments.flatMap((a) => [
      ...[a.name, a.short, a.type, a.default, a.doc],
      isValue(a, a.doc) ? "a value" : "no value",
    ]),
  ];
}
