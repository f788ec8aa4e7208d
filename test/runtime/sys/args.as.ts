import {
  argument,
  boolArgument,
  durationArgument,
  durationListArgument,
  i32Argument,
  i32ListArgument,
  stringArgument,
  stringListArgument,
} from "fata/sys/args";

/** @returns the value's address, or 0 when the argument was not given */
export function given(): usize {
  return changetype<usize>(argument("name"));
}

export function text(): string {
  return stringArgument("name", "fallback");
}

export function number(): i32 {
  return i32Argument("number", 42);
}

export function port(): i32 {
  return i32Argument("port", 80, 1, 65535);
}

export function truth(fallback: bool): bool {
  return boolArgument("truth", fallback);
}

export function duration(): u64 {
  return durationArgument("duration", "30s");
}

/** Lists are told with semicolons between their values. */
export function texts(): string {
  return stringListArgument("texts", "a,b").join(";");
}

export function numbers(): string {
  return i32ListArgument("numbers", "1,2").join(";");
}

export function ports(): string {
  return i32ListArgument("ports", "", 1, 65535).join(";");
}

export function durations(): string {
  return durationListArgument("durations", "1s,1m").join(";");
}
