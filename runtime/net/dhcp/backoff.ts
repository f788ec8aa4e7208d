/** How long a DHCP client waits for an answer before it asks again (RFC 2131, 4.1). */

const SECOND: u64 = 1000000000;
/** The first wait. RFC 2131 has 4 s in an example for Ethernet; see docs/adr/0021-dhcp-in-a-hurry.md. */
const FIRST: u64 = SECOND;
/** "Up to a maximum of 64 seconds." */
const DOUBLINGS_MAX: u32 = 6;

/**
 * The wait after the `attempt`-th message, which is doubled each time.
 * @param attempt from 0 on
 * @param chance any random number: moves the wait by up to an eighth to either side, so that clients that lost their power
 *   together do not ask together
 * @returns ns
 */
export function backoff(attempt: u32, chance: u32): u64 {
  const wait = FIRST << min(attempt, DOUBLINGS_MAX);
  return wait - wait / 8 + (((wait / 4) * (chance >> 16)) >> 16);
}
