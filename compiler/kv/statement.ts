import * as format from "../../runtime/kv/format.ts";

/** Where a chunk lies, and its checksum. */
export interface Place {
  readonly address: number;
  readonly checksum: number;
}

export type Statement =
  | { readonly kind: "dictionary"; readonly id: number; readonly parent: number; readonly name: string }
  | {
      readonly kind: "value";
      readonly id: number;
      readonly parent: number;
      readonly name: string;
      readonly size: number;
      readonly modified: bigint;
      readonly place: Place;
    }
  | { readonly kind: "chunks"; readonly id: number; readonly first: number; readonly places: readonly Place[] }
  | { readonly kind: "gone"; readonly id: number }
  | { readonly kind: "data"; readonly length: number; readonly place: Place };

/** The statements of a frame, or undefined when there is anything else between them. */
export function readStatements(bytes: Buffer): Statement[] | undefined {
  const statements: Statement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.subarray(at);
    const size = rest.length < format.GONE_SIZE ? 0 : sizeOf(rest);
    if (size === 0 || size > rest.length) return undefined;
    statements.push(readOne(rest.subarray(0, size)));
    at += size;
  }
  return statements;
}

function sizeOf(bytes: Buffer): number {
  const count = bytes.readUInt16LE(format.STATEMENT_COUNT);
  switch (bytes[0]) {
    case format.STATEMENT_DICTIONARY:
      return count > 0 ? format.DICTIONARY_SIZE + count : 0;
    case format.STATEMENT_VALUE:
      return count > 0 ? format.VALUE_SIZE + count : 0;
    case format.STATEMENT_CHUNKS:
      return format.CHUNKS_SIZE + count * format.CHUNK_SIZE;
    case format.STATEMENT_GONE:
      return format.GONE_SIZE;
    case format.STATEMENT_DATA:
      return format.DATA_SIZE;
    default:
      return 0;
  }
}

function readOne(bytes: Buffer): Statement {
  const id = bytes.readUInt32LE(format.STATEMENT_ID);
  const u64 = (at: number) => Number(bytes.readBigUInt64LE(at));
  const place = (address: number, checksum: number): Place => ({
    address: u64(address),
    checksum: bytes.readUInt32LE(checksum),
  });
  switch (bytes[0]) {
    case format.STATEMENT_DICTIONARY: {
      const parent = bytes.readUInt32LE(format.STATEMENT_PARENT);
      return { kind: "dictionary", id, parent, name: bytes.toString("utf8", format.DICTIONARY_SIZE) };
    }
    case format.STATEMENT_VALUE:
      return {
        kind: "value",
        id,
        parent: bytes.readUInt32LE(format.STATEMENT_PARENT),
        name: bytes.toString("utf8", format.VALUE_SIZE),
        size: u64(format.VALUE_BYTES),
        modified: bytes.readBigUInt64LE(format.VALUE_MODIFIED),
        place: place(format.VALUE_ADDRESS, format.VALUE_CHECKSUM),
      };
    case format.STATEMENT_CHUNKS: {
      const count = bytes.readUInt16LE(format.STATEMENT_COUNT);
      const places = Array.from({ length: count }, (_, i) => {
        const at = format.CHUNKS_SIZE + i * format.CHUNK_SIZE;
        return place(at + format.CHUNK_ADDRESS, at + format.CHUNK_CHECKSUM);
      });
      return { kind: "chunks", id, first: bytes.readUInt32LE(format.CHUNKS_FIRST), places };
    }
    case format.STATEMENT_GONE:
      return { kind: "gone", id };
    default:
      return {
        kind: "data",
        length: bytes.readUInt32LE(format.DATA_LENGTH),
        place: place(format.DATA_ADDRESS, format.DATA_CHECKSUM),
      };
  }
}
