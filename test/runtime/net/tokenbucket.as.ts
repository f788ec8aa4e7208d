import { TokenBucket } from "fata/net/tokenbucket";

let bucket: TokenBucket | null = null;

export function make(rate: u32, burst: u32): void {
  bucket = new TokenBucket(rate, burst);
}

export function take(now: u64): bool {
  return bucket!.take(now);
}
