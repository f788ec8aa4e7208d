/** The media type of a file, by the end of its name. */
import { lowerCase, putText } from "./ascii";

/**
 * Types that IANA lists (https://www.iana.org/assignments/media-types/): a top-level type, then ends of names, each with
 * its subtype where that is not the same. "*" is what nothing is known of.
 */
const TEXT: string = "text/ html css js=javascript mjs=javascript txt=plain md=markdown csv ";
const MEDIA: string =
  "image/ svg=svg+xml png jpg=jpeg jpeg webp avif gif ico=vnd.microsoft.icon font/ woff2 woff video/ mp4 webm ";
const OTHERS: string =
  "audio/ mp3=mpeg application/ json pdf wasm xml map=json webmanifest=manifest+json atom=atom+xml zip gz=gzip ";
const UNKNOWN: string = "application/ *=octet-stream ";
/** Text is UTF-8. (So is JSON, always: RFC 8259, 8.1.) */
const CHARSET: string = "; charset=utf-8";
/** Most octets of a type. */
export const MEDIA_TYPE_MAX: usize = 40;

const SPACE: u32 = 0x20;
const SLASH: u16 = 0x2f;
const STAR: u16 = 0x2a;
const EQUALS: u32 = 0x3d;

/**
 * Writes the type of a file, such as `text/css; charset=utf-8`.
 * @param name its name or path in UTF-8; @param length its octets
 * @param to where to, with room for MEDIA_TYPE_MAX octets
 * @returns octets
 */
export function storeMediaType(name: usize, length: usize, to: usize): usize {
  const end = name + length;
  let extension = end;
  while (extension > name && load<u8>(extension - 1) != 0x2e) extension--;
  const size = extension > name ? end - extension : 0;
  let written = storeTypeAmong(TEXT, extension, size, to);
  if (written) return putText(to + written, CHARSET) - to;
  written = storeTypeAmong(MEDIA, extension, size, to);
  if (!written) written = storeTypeAmong(OTHERS, extension, size, to);
  return written ? written : storeTypeAmong(UNKNOWN, extension, size, to);
}

/** Writes the type of an extension if it is among some. @returns octets, or 0 */
function storeTypeAmong(text: string, extension: usize, size: usize, to: usize): usize {
  const types = changetype<usize>(text);
  let top = types;
  const typesEnd = types + ((<usize>text.length) << 1);
  for (let word = types; word < typesEnd; ) {
    let next = word;
    while (<u32>load<u16>(next) != SPACE) next += 2;
    const same = sameSize(extension, size, word);
    const behind = <u32>load<u16>(word + (same << 1));
    if (load<u16>(next - 2) == SLASH) top = word;
    else if ((size && same == size && (behind == SPACE || behind == EQUALS)) || load<u16>(word) == STAR) {
      let at = storeAscii(to, top, SLASH);
      store<u8>(at++, SLASH);
      let subtype = word;
      while (subtype < next && <u32>load<u16>(subtype) != EQUALS) subtype += 2;
      return storeAscii(at, subtype < next ? subtype + 2 : word, SPACE) - to;
    }
    word = next + 2;
  }
  return 0;
}

/** How many octets are the same as the characters of a word in small letters. */
function sameSize(at: usize, length: usize, word: usize): usize {
  let size: usize = 0;
  for (; size < length; size++) {
    const octet = lowerCase(load<u8>(at + size));
    if (octet != <u32>load<u16>(word + (size << 1)) || octet == EQUALS) break;
  }
  return size;
}

/** Writes the characters up to one. @returns where they end */
function storeAscii(to: usize, text: usize, until: u32): usize {
  for (; <u32>load<u16>(text) != until; text += 2) store<u8>(to++, load<u16>(text));
  return to;
}
