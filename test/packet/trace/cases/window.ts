/** Traces of how much is sent, and when: RFC 9293, 3.7.4, 3.8.4 and 3.8.6; RFC 5681, 4.2; RFC 7323, 2. */
import type { Cases } from "./cases.ts";
import { ACCEPTED, ACCEPTED_SCALED } from "./openings.ts";

/** The peer's window is zero, and there is something for it. */
const CLOSED_WINDOW = `
    app listen
    < S 0:0(0) win 1000 <mss 1460>
    > S. 0:0(0) ack 1
    < . 1:1(0) ack 1 win 1000
    app accept
    app write 3000
    > . 1:1001(1000) ack 1
    < . 1:1(0) ack 1001 win 0`;

export const sending: Cases = {
  "9293 3.8.6: no more is sent than the window holds": `
    app listen
    < S 0:0(0) win 4000 <mss 1460>
    > S. 0:0(0) ack 1
    < . 1:1(0) ack 1 win 4000
    app accept
    app write 6000
    > . 1:1461(1460) ack 1
    > . 1461:2921(1460) ack 1
    < . 1:1(0) ack 1461 win 4000
    > . 2921:4381(1460) ack 1
    < . 1:1(0) ack 6001 win 4000
    > . 4381:4381(0) ack 1
    < . 1:1(0) ack 4381 win 4000
    > P. 4381:6001(1620) ack 1
    < . 1:1(0) ack 6001`.replace("P. 4381:6001(1620) ack 1", ". 4381:5841(1460) ack 1\n> P. 5841:6001(160) ack 1"),
  "9293 3.8.6.2.1: a sender waits rather than fill a small window": `
    ${ACCEPTED}
    < . 1:1(0) ack 1 win 100
    app write 5000
    +0.15 quiet
    < . 1:1(0) ack 1 win 5000
    > . 1:1461(1460) ack 1
    > . 1461:2921(1460) ack 1
    > . 2921:4381(1460) ack 1
    > P. 4381:5001(619) ack 1
    < . 1:1(0) ack 5001`.replace("5001(619)", "5001(620)"),
  "9293 3.8.6.2.1: but not for ever": `
    ${ACCEPTED}
    < . 1:1(0) ack 1 win 100
    app write 5000
    +0.15..2 > . 1:101(100) ack 1
    < . 1:1(0) ack 101 win 65535
    +0 ignore
    < . 1:1(0) ack 5001`,
  "9293 3.8.6.1: a window of zero is probed, less and less often": `
    ${CLOSED_WINDOW}
    +0.1..2 > . 1001:1002(1) ack 1
    < . 1:1(0) ack 1001 win 0
    +0.2..4 > . 1001:1002(1) ack 1
    < . 1:1(0) ack 1001 win 0
    +0.4..8 > . 1001:1002(1) ack 1
    < . 1:1(0) ack 1001 win 1000
    > . 1001:2001(1000) ack 1
    +0 < . 1:1(0) ack 2001 win 1000
    > P. 2001:3001(1000) ack 1
    < . 1:1(0) ack 3001 win 1000`,
  "9293 3.8.6.1: a window that opens is used at once": `
    ${CLOSED_WINDOW}
    +0.1 < . 1:1(0) ack 1001 win 2000
    +0 ignore
    < . 1:1(0) ack 3001 win 2000
    +1 quiet`,
  "9293 3.8.6.1: a probe may be taken": `
    ${CLOSED_WINDOW}
    +0.1..2 > . 1001:1002(1) ack 1
    < . 1:1(0) ack 1002 win 3000
    > . 1002:2462(1460) ack 1
    > P. 2462:3001(539) ack 1
    < . 1:1(0) ack 3001 win 3000
    +1 quiet`,
  "9293 3.8.6.1 (MUST-36): a window of zero is probed for as long as the peer answers": `
    ${CLOSED_WINDOW}
    ${"+0.1..300 > . 1001:1002(1) ack 1\n< . 1:1(0) ack 1001 win 0\n".repeat(40)}
    < . 1:1(0) ack 1001 win 1000
    > . 1001:2001(1000) ack 1`,
  "9293 3.8.6 (MUST-34): a window that shrinks does no harm": `
    ${ACCEPTED}
    app write 4380
    > . 1:1461(1460) ack 1
    > . 1461:2921(1460) ack 1
    > P. 2921:4381(1460) ack 1
    < . 1:1(0) ack 1461 win 100
    // Sent again into the window that is left, or whole: both are right.
    +1 ignore
    < . 1:1(0) ack 1461 win 65535
    +1 ignore
    < . 1:1(0) ack 4381 win 65535
    app write 100
    > P. 4381:4481(100) ack 1
    < . 1:1(0) ack 4481
    +1 quiet`,
  "9293 3.8.6 (MUST-34): nor one that shrinks to nothing": `
    ${ACCEPTED}
    app write 4380
    +0 ignore
    < . 1:1(0) ack 1461 win 0
    +10 ignore
    < . 1:1(0) ack 1461 win 4000
    +10 ignore
    < . 1:1(0) ack 4381 win 4000
    app write 100
    > P. 4381:4481(100) ack 1
    < . 1:1(0) ack 4481
    +1 quiet`,
  "9293 3.8.6 (MUST-34): what acknowledges stays within a window that has shrunk": `
    ${ACCEPTED}
    app write 2920
    +0 ignore
    < . 1:1(0) ack 1 win 1000
    < P. 1:1001(1000) ack 1 win 1000
    +0..0.5 > . 1001:1001(0) ack 1001`,
  "9293 3.7.4: Nagle: a small segment waits while one is on its way": `
    ${ACCEPTED}
    app write 10
    > P. 1:11(10) ack 1
    app write 10
    app write 10
    +0.1 < . 1:1(0) ack 11
    > P. 11:31(20) ack 1
    < . 1:1(0) ack 31
    +1 quiet`,
  "9293 3.7.4: a full segment does not wait": `
    ${ACCEPTED}
    app write 10
    > P. 1:11(10) ack 1
    app write 2000
    > . 11:1471(1460) ack 1
    +0.1 < . 1:1(0) ack 1471
    > P. 1471:2011(540) ack 1
    < . 1:1(0) ack 2011
    +1 quiet`,
  "9293 3.7.4 (MUST-17): an application can do without Nagle": `
    ${ACCEPTED}
    app nodelay
    app write 10
    > P. 1:11(10) ack 1
    app write 10
    > P. 11:21(10) ack 1
    app write 10
    > P. 21:31(10) ack 1
    < . 1:1(0) ack 31
    +1 quiet`,
  "runtime/flow: corked, nothing but full segments are sent": `
    ${ACCEPTED}
    app cork
    app write 1000
    +0.1 quiet
    app write 1000
    > . 1:1461(1460) ack 1
    app uncork
    > P. 1461:2001(540) ack 1
    < . 1:1(0) ack 2001
    +1 quiet`,
  "7323 2.3: windows are scaled by what the peer has said": `
    ${ACCEPTED_SCALED}
    < . 1:1(0) ack 1 win 23
    app write 5000
    > . 1:1461(1460) ack 1
    > . 1461:2921(1460) ack 1
    +0.1 < . 1:1(0) ack 2921 win 23
    > . 2921:4381(1460) ack 1
    > P. 4381:5001(620) ack 1
    < . 1:1(0) ack 5001 win 23
    +1 quiet`,
};

/** Full segments of the peer's, from the n-th on; the first is 0. */
const segments = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `< . ${(from + i) * 1460 + 1}:${(from + i + 1) * 1460 + 1}(1460) ack 1`);

export const receiving: Cases = {
  "9293 3.10.7.4: a FIN behind a window that was filled does not open it": `
    ${ACCEPTED}
    fill
    < F. 65536:65536(0) ack 1
    > . 1:1(0) ack 65537 win 0
    < . 1000000:1000000(0) ack 1
    > . 1:1(0) ack 65537 win 0
    app read 65535 = 65535`,
  "9293 3.8.6.3 (MUST-40): an acknowledgment waits less than half a second": `
    ${ACCEPTED}
    < P. 1:11(10) ack 1
    +0..0.49 > . 1:1(0) ack 11
    < P. 11:21(10) ack 1
    +0..0.49 > . 1:1(0) ack 21
    +5 quiet`,
  "9293 3.8.6.3 (SHLD-19): every second full segment is acknowledged at once": `
    ${ACCEPTED}
    // At the beginning every segment may be acknowledged at once.
    ${segments(0, 20).join("\n+0..0.49 > .\n")}
    +0..0.49 > .
    app read 50000
    ${[20, 22, 24, 26]
      .map((n) => segments(n, 2))
      .map(([first, second], i) => `${first}\n<* ${second?.slice(2)}\n+0 > . 1:1(0) ack ${(22 + 2 * i) * 1460 + 1}\n`)
      .join("")}
    app read 50000 = 11680`,
  "9293 3.8.6.3: an acknowledgment goes with data where there is some": `
    ${ACCEPTED}
    < P. 1:11(10) ack 1
    +0 ignore <= 1
    app read 10 = 10
    app write 20
    > P. 1:21(20) ack 11
    < P. 11:21(10) ack 21
    +0 ignore <= 1
    app read 10 = 10
    app write 20
    > P. 21:41(20) ack 21
    < . 21:21(0) ack 41
    +1 quiet`,
  "9293 3.8.6: without a reader the window closes, and opens when there is one": `
    ${ACCEPTED}
    fill
    +0..0.5 > . 1:1(0) win 0
    // What comes nevertheless is not taken; its sender is told so.
    fill 1
    > . 1:1(0) win 0
    app read 70000
    > . 1:1(0) win >=1460`,
  "9293 3.8.6.2.2: the window does not open by a few octets": `
    ${ACCEPTED}
    fill
    +0..0.5 > . 1:1(0) win 0
    app read 100 = 100
    +0 quiet
    app read 100 = 100
    +5 quiet
    app read 70000
    > . 1:1(0) win >=1460`,
  "9293 3.8.6.1: probes of a closed window are answered": `
    ${ACCEPTED}
    fill
    +0..0.5 > . 1:1(0) win 0
    +1 fill 1
    > . 1:1(0) win 0
    +10 fill 1
    > . 1:1(0) win 0
    app read 70000
    > . 1:1(0) win >=1460
    fill 1
    +0..0.5 > . 1:1(0) win >=1460
    app read 70000`,
  "9293 3.10.7.4: with a closed window RST and ACK are still heard": `
    ${ACCEPTED}
    app write 100
    > P. 1:101(100) ack 1
    fill
    +0..0.5 > . 101:101(0) win 0
    +1 quiet
    fill reset
    app write 1 = E_RESET`,
};
