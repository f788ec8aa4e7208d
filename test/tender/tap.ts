/**
 * Taps for tests. Their names and addresses are unique to the process, and they go with the test file.
 */
import assert from "node:assert/strict";
import { after } from "node:test";
import { execute } from "./process.ts";

export interface Tap {
  readonly name: string;
  /** The host's own address on it, and the one that the guest has. */
  readonly host: string;
  readonly guest: string;
}

/** The guest's Ethernet address, which the host knows without asking. */
export const guestMac = "02:00:00:00:00:02";

const made = new Map<string, Tap>();
let count = 0;
/** Taps that a process has addresses for. */
const TAPS = 16;

/** Makes a tap. Fails where that is not allowed: these tests are worth nothing without. */
export function makeTap(): Tap {
  assert.equal(process.getuid?.(), 0, "this test makes network interfaces: run it as root, with: sudo npm test");
  const index = count++;
  assert.ok(index < TAPS, "more taps than a process has addresses for");
  // 198.18.0.0/15 is set aside for tests of network devices (RFC 2544): each tap has four addresses of it.
  const place = ((process.pid * TAPS + index) & 0x7fff) * 4;
  const address = (of: number) => `198.${18 + (place >> 16)}.${(place >> 8) & 255}.${(place & 255) + of}`;
  const tap = { name: `ft${process.pid}n${index}`, host: address(1), guest: address(2) };
  execute("ip", "tuntap", "add", "dev", tap.name, "mode", "tap");
  made.set(tap.name, tap);
  execute("sysctl", "-qw", `net.ipv6.conf.${tap.name}.disable_ipv6=1`);
  execute("ip", "addr", "add", `${tap.host}/30`, "dev", tap.name);
  execute("ip", "link", "set", "dev", tap.name, "up");
  execute("ip", "neigh", "replace", tap.guest, "lladdr", guestMac, "dev", tap.name);
  return tap;
}

/** Takes a tap away, also from under a running tender. */
export function deleteTap(tap: Tap): void {
  made.delete(tap.name);
  execute("ip", "link", "del", "dev", tap.name);
}

function deleteAll(): void {
  for (const tap of [...made.values()]) deleteTap(tap);
}

after(deleteAll);

// A run that hangs is ended by these, and taps outlive their process.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    deleteAll();
    process.kill(process.pid, signal);
  });
}
