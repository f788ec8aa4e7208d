/**
 * Variants of files in content codings (RFC 9110, 8.4.1) that are made once, at build, for servers of files: beside
 * `site.css` those of `site.css.br` and `site.css.gz`. What is compressed already, or hardly becomes shorter, gets none.
 */
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Shorter files fit into one packet as they are. */
const LEAST = 512;
/** How long a variant may be to be worth its place, of the file. */
const WORTH = 0.9;

/** The ends of names of variants, with what makes them. */
const codings: readonly (readonly [suffix: string, encode: (bytes: Buffer) => Buffer])[] = [
  [".br", brotli],
  [".gz", (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION })],
];

function brotli(bytes: Buffer): Buffer {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/**
 * The variants of a file that are worth it, by the ends of their names.
 * @param name its name: variants have none of their own
 */
export function variantsOf(name: string, bytes: Buffer): Map<string, Buffer> {
  const variants = new Map<string, Buffer>();
  if (bytes.length < LEAST || codings.some(([suffix]) => name.endsWith(suffix))) return variants;
  for (const [suffix, encode] of codings) {
    const encoded = encode(bytes);
    if (encoded.length <= bytes.length * WORTH) variants.set(suffix, encoded);
  }
  return variants;
}
