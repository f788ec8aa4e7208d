/** Traces of loss: RFC 2018, 3042, 5681, 6298, 6582, 6675. A full segment has 1460 octets, the first flight ten of them. */
import type { Cases } from "./cases.ts";
import { ACCEPTED, ACCEPTED_SACK, ACCEPTED_TIMESTAMPS } from "./openings.ts";

/** Where the n-th full segment begins; the first is 0. */
const edge = (n: number): number => 1 + n * 1460;

/** The host sends full segments from the n-th on. */
const sends = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `> . ${edge(from + i)}:${edge(from + i + 1)}(1460) ack 1`).join("\n");

const TEN = `
    app write 14600
    ${sends(0, 10)}`;

export const reassembly: Cases = {
  "5681 4.2: what comes out of order is acknowledged at once, and so is what fills the gap": `
    ${ACCEPTED}
    < . 1001:2001(1000) ack 1
    > . 1:1(0) ack 1
    < . 2001:3001(1000) ack 1
    > . 1:1(0) ack 1
    < . 1:1001(1000) ack 1
    > . 1:1(0) ack 3001
    app read 5000 = 3000`,
  "9293 3.10.7.4: pieces that overlap in every way are put together": `
    ${ACCEPTED}
    < . 1001:2001(1000) ack 1
    > . 1:1(0) ack 1
    < . 3001:4001(1000) ack 1
    > . 1:1(0) ack 1
    < . 1501:2901(1400) ack 1
    > . 1:1(0) ack 1
    < . 2801:3501(700) ack 1
    > . 1:1(0) ack 1
    < . 901:2301(1400) ack 1
    > . 1:1(0) ack 1
    < . 2301:3701(1400) ack 1
    > . 1:1(0) ack 1
    < . 3701:4101(400) ack 1
    > . 1:1(0) ack 1
    < . 1:1001(1000) ack 1
    > . 1:1(0) ack 4101
    app read 5000 = 4100`,
  "9293 3.10.7.4: many gaps are filled from behind": `
    ${ACCEPTED}
    ${Array.from({ length: 30 }, (_, i) => {
      const at = 1 + (30 - i) * 100;
      return `< . ${at}:${at + 100}(100) ack 1\n    > . 1:1(0) ack 1\n`;
    }).join("    ")}
    < . 1:101(100) ack 1
    > . 1:1(0) ack 3101
    app read 5000 = 3100`,
  "9293 3.10.7.4: more gaps than anybody keeps do no harm": `
    ${ACCEPTED}
    ${Array.from({ length: 500 }, (_, i) => `<* . ${101 + i * 20}:${111 + i * 20}(10) ack 1\n`).join("    ")}
    +0 ignore
    < . 1:1461(1460) ack 1
    +0.5 ignore
    ${Array.from({ length: 7 }, (_, i) => `<* . ${edge(i)}:${edge(i + 1)}(1460) ack 1\n`).join("    ")}
    +0.5 ignore
    app read 50000 = 10220`,
};

export const sackSent: Cases = {
  "2018 4: what lies behind a gap is told, the latest block first": `
    ${ACCEPTED_SACK}
    < . 1001:2001(1000) ack 1
    > . 1:1(0) ack 1 <sack 1001:2001>
    < . 3001:4001(1000) ack 1
    > . 1:1(0) ack 1 <sack 3001:4001 1001:2001>
    < . 5001:6001(1000) ack 1
    > . 1:1(0) ack 1 <sack 5001:6001 3001:4001 1001:2001>
    < . 2001:3001(1000) ack 1
    > . 1:1(0) ack 1 <sack 1001:4001 5001:6001>
    < . 1:1001(1000) ack 1
    > . 1:1(0) ack 4001 <sack 5001:6001>
    < . 4001:5001(1000) ack 1
    > . 1:1(0) ack 6001 <!sack>
    app read 9000 = 6000`,
  "2883 4.1.1: a segment that came twice is told, once": `
    ${ACCEPTED_SACK}
    < . 1:1001(1000) ack 1
    +0..0.5 > . 1:1(0) ack 1001 <!sack>
    < . 1:1001(1000) ack 1
    > . 1:1(0) ack 1001 <sack 1:1001>
    < . 1001:1001(0) ack 1
    < . 2001:3001(1000) ack 1
    > . 1:1(0) ack 1001 <sack 2001:3001>`,
  "2018 3: no more blocks than there is room for": `
    ${ACCEPTED_SACK}
    < . 1001:1101(100) ack 1
    > . 1:1(0) ack 1 <sack 1001:1101>
    < . 2001:2101(100) ack 1
    > . 1:1(0) ack 1 <sack 2001:2101 1001:1101>
    < . 3001:3101(100) ack 1
    > . 1:1(0) ack 1 <sack 3001:3101 2001:2101 1001:1101>
    < . 4001:4101(100) ack 1
    > . 1:1(0) ack 1 <sack 4001:4101 3001:3101 2001:2101 1001:1101>
    < . 5001:5101(100) ack 1
    > . 1:1(0) ack 1 <sack 5001:5101 4001:4101 3001:3101 2001:2101>`,
  "2018 2: without the peer's consent nothing is told": `
    ${ACCEPTED}
    < . 1001:2001(1000) ack 1
    > . 1:1(0) ack 1 <!sack>`,
};

export const timeouts: Cases = {
  "6298 5: what is not acknowledged is sent again, after twice as long each time": `
    ${ACCEPTED}
    app write 1000
    > P. 1:1001(1000) ack 1
    +0.2..1 > . 1:1001(1000) ack 1
    +0.4..2 > . 1:1001(1000) ack 1
    +0.8..4 > . 1:1001(1000) ack 1
    +1.6..8 > . 1:1001(1000) ack 1
    < . 1:1(0) ack 1001
    +60 quiet`,
  "6298 2: the timeout follows the round trip that is measured": `
    app listen
    < S 0:0(0) <mss 1460>
    > S. 0:0(0) ack 1
    +0.5 < . 1:1(0) ack 1
    app accept
    app write 1000
    > P. 1:1001(1000) ack 1
    // 0.5 s and four times half of it.
    +1.5 > . 1:1001(1000) ack 1
    < . 1:1(0) ack 1001`,
  "6298 5.3: an ACK of new data starts the timer again": `
    ${ACCEPTED}
    app write 2920
    ${sends(0, 2)}
    +0.15 < . 1:1(0) ack 1461
    +0.2..1 > . 1461:2921(1460) ack 1
    < . 1:1(0) ack 2921`,
  "5681 3.1: after a timeout one segment is sent again, then two": `
    ${ACCEPTED}
    ${TEN}
    +0.2..1 > . 1:1461(1460) ack 1
    +0 quiet
    +0.01 < . 1:1(0) ack 1461
    > . 1461:2921(1460) ack 1
    > . 2921:4381(1460) ack 1
    < . 1:1(0) ack 14601
    +10 quiet`,
  "2018 8: after a timeout what was told by SACK may be gone": `
    ${ACCEPTED_SACK}
    app write 2920
    ${sends(0, 2)}
    < . 1:1(0) ack 1 <sack 1461:2921>
    +0.2..1 > . 1:1461(1460) ack 1
    // The peer had to drop what it told of.
    < . 1:1(0) ack 1461
    +0..2 > . 1461:2921(1460) ack 1
    < . 1:1(0) ack 2921
    +10 quiet`,
  "9293 3.8.3: nobody waits for ever for a peer that is gone": `
    ${ACCEPTED}
    app read 10 ...
    app write 1000
    +100 ignore
    app done read ...
    +1900 ignore
    app done read = E_TIMEOUT
    app write 10 = E_TIMEOUT
    +600 quiet`,
  "9293 3.8.3: nor after it has closed": `
    ${ACCEPTED}
    app write 1000
    app close
    +2000 ignore
    < . 1:1(0) ack 1
    > R 1:1(0)
    +600 quiet`,
};

export const fastRetransmit: Cases = {
  "5681 3.2: the third duplicate ACK has the segment sent again": `
    ${ACCEPTED}
    ${TEN}
    +0.01 < . 1:1(0) ack 1
    < . 1:1(0) ack 1
    +0 quiet
    < . 1:1(0) ack 1
    > . 1:1461(1460) ack 1
    < . 1:1(0) ack 14601
    +10 quiet`,
  "5681 2: what carries data or another window is no duplicate ACK": `
    ${ACCEPTED}
    ${TEN}
    +0.01 < . 1:11(10) ack 1
    <* . 11:21(10) ack 1
    <* . 21:31(10) ack 1
    <* . 31:41(10) ack 1
    <* . 41:41(0) ack 1 win 60000
    <* . 41:41(0) ack 1 win 61000
    <* . 41:41(0) ack 1 win 62000
    <* . 41:41(0) ack 1 win 63000
    +0 ignore <= 6
    app read 100 = 40
    +0.1 ignore <= 1
    <* . 41:41(0) ack 14601
    +10 quiet`,
  "3042 2: the first two duplicate ACKs let a new segment out each": `
    ${ACCEPTED}
    app write 29200
    ${sends(0, 10)}
    +0.01 < . 1:1(0) ack 1
    ${sends(10, 1)}
    < . 1:1(0) ack 1
    ${sends(11, 1)}
    < . 1:1(0) ack 1
    > . 1:1461(1460) ack 1
    +0 ignore
    < . 1:1(0) ack 29201
    +0 ignore`,
  "6582 3.2: a partial ACK has the next gap filled at once": `
    ${ACCEPTED}
    ${TEN}
    +0.01 < . 1:1(0) ack 1
    < . 1:1(0) ack 1
    < . 1:1(0) ack 1
    > . 1:1461(1460) ack 1
    < . 1:1(0) ack 2921
    > . 2921:4381(1460) ack 1
    < . 1:1(0) ack 14601
    +10 quiet`,
  "6582 4.1: after recovery, duplicate ACKs of what was sent before start none": `
    ${ACCEPTED}
    ${TEN}
    +0.01 < . 1:1(0) ack 1
    < . 1:1(0) ack 1
    < . 1:1(0) ack 1
    > . 1:1461(1460) ack 1
    < . 1:1(0) ack 14601
    < . 1:1(0) ack 14601
    < . 1:1(0) ack 14601
    < . 1:1(0) ack 14601
    +10 quiet`,
  "6675 5: with SACK the third duplicate has the segment sent again": `
    ${ACCEPTED_SACK}
    ${TEN}
    +0.01 < . 1:1(0) ack 1 <sack 1461:2921>
    < . 1:1(0) ack 1 <sack 1461:4381>
    +0 quiet
    < . 1:1(0) ack 1 <sack 1461:5841>
    > . 1:1461(1460) ack 1
    < . 1:1(0) ack 14601
    +10 quiet`,
  "6675 4, IsLost: so does one ACK that tells of more than two segments behind it": `
    ${ACCEPTED_SACK}
    ${TEN}
    +0.01 < . 1:1(0) ack 1 <sack 1461:14601>
    > . 1:1461(1460) ack 1
    < . 1:1(0) ack 14601
    +10 quiet`,
  "6675 5, C: all gaps are filled, and nothing else": `
    ${ACCEPTED_SACK}
    ${TEN}
    +0.01 < . 1:1(0) ack 1 <sack 8761:14601 4381:7301 1461:2921>
    > . 1:1461(1460) ack 1
    > . 2921:4381(1460) ack 1
    +0 ignore <= 1
    +0.01 < . 1:1(0) ack 4381 <sack 8761:14601 4381:7301>
    +0 ignore <= 1
    +0.01 < . 1:1(0) ack 14601
    +10 quiet`,
  "6675 5.1: a gap that is lost twice waits for the timeout": `
    ${ACCEPTED_SACK}
    ${TEN}
    +0.01 < . 1:1(0) ack 1 <sack 1461:14601>
    > . 1:1461(1460) ack 1
    +0.1..1 > . 1:1461(1460) ack 1
    < . 1:1(0) ack 14601
    +10 quiet`,
  "2018 3: blocks that cannot be are ignored": `
    ${ACCEPTED_SACK}
    ${TEN}
    +0.01 < . 1:1(0) ack 1 <sack 20001:30001>
    < . 1:1(0) ack 1 <sack 5001:3001>
    < . 1:1(0) ack 1 <sack -1000000:-1>
    < . 1:1(0) ack 1 <sack 1461:2147483649>
    +0.05 ignore
    < . 1:1(0) ack 14601
    app write 100
    > P. 14601:14701(100) ack 1
    < . 1:1(0) ack 14701
    +10 quiet`,
  "2883 4: a block below the acknowledgment, a duplicate's, changes nothing": `
    ${ACCEPTED_SACK}
    ${TEN}
    +0.01 < . 1:1(0) ack 2921 <sack 1:1461>
    < . 1:1(0) ack 2921 <sack 1:1461>
    +0.05 quiet
    < . 1:1(0) ack 14601
    +10 quiet`,
};

export const timestamps: Cases = {
  "7323 3.2: every segment has timestamps once both have agreed": `
    ${ACCEPTED_TIMESTAMPS}
    app write 3000
    > . 1:1449(1448) ack 1 <TS val 0 ecr 1000>
    > . 1449:2897(1448) ack 1 <TS>
    +0 ignore
    +0.1 < . 1:1(0) ack 3001 <TS>
    +0 ignore
    app shutdown
    > F. 3001:3001(0) ack 1 <TS val 0 ecr 1100>`,
  "7323 4.3: the timestamp of what was acknowledged is echoed, not of what came out of order": `
    ${ACCEPTED_TIMESTAMPS}
    < P. 1:11(10) ack 1 <TS val 2000 ecr 1>
    +0..0.5 > . 1:1(0) ack 11 <TS val 0 ecr 2000>
    < P. 21:31(10) ack 1 <TS val 2100 ecr 1>
    > . 1:1(0) ack 11 <TS val 0 ecr 2000>
    < P. 11:21(10) ack 1 <TS val 2050 ecr 1>
    > . 1:1(0) ack 31 <TS val 0 ecr 2050>
    app read 100 = 30`,
  "7323 5.3, R1: an older timestamp: dropped, and acknowledged": `
    ${ACCEPTED_TIMESTAMPS}
    < P. 1:11(10) ack 1 <TS val 5000 ecr 1>
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11
    < P. 11:21(10) ack 1 <TS val 4000 ecr 1>
    > . 1:1(0) ack 11
    app read 100 ...
    < P. 11:21(10) ack 1 <TS val 5001 ecr 1>
    app done read = 10
    +0..0.5 > . 1:1(0) ack 21`,
  "7323 5.3: an RST counts with any timestamp, or none": `
    ${ACCEPTED_TIMESTAMPS}
    < P. 1:11(10) ack 1 <TS val 5000 ecr 1>
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11
    < R 11:11(0) <TS val 100 ecr 1>
    app read 100 = E_RESET`,
  "7323 5.4: timestamps go round": `
    app listen
    < S 0:0(0) <mss 1460,TS val 4294967290 ecr 0>
    > S. 0:0(0) ack 1 <TS val 0 ecr 4294967290>
    < . 1:1(0) ack 1 <TS val 4294967295 ecr 1>
    app accept
    < P. 1:11(10) ack 1 <TS val 5 ecr 1>
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11 <TS val 0 ecr 5>`,
};
