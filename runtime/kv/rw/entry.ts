import { decodeUtf8 } from "../../base/utf8";
import { E_NOT_FOUND } from "../../sys/results";
import { KV_DICTIONARY, KV_VALUE, KvEntry } from "../kvro";
import { DICTIONARY, VALUE } from "./tree";

/** What a look-up gives for a node of a kind. */
export function kindOf(kind: u32): i32 {
  return kind == VALUE ? KV_VALUE : kind == DICTIONARY ? KV_DICTIONARY : E_NOT_FOUND;
}

/** Adds an entry to a list, for a name in UTF-8. A hostile disk may hold one that is not: no key is written so. */
export function addEntry(entries: KvEntry[], name: usize, length: u32, kind: u32): void {
  const text = decodeUtf8(name, length);
  if (text !== null) entries.push(new KvEntry(text, kindOf(kind)));
}
