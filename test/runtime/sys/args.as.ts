import { argument, boolArgument, i32Argument, stringArgument } from "fata/sys/args";

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
