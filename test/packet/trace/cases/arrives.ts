/** Traces of what may come to a connection: RFC 9293, 3.10.7.4, and RFC 5961. */
import type { Cases } from "./cases.ts";
import { ACCEPTED, CONNECTED } from "./openings.ts";

/** What shows that a connection is as it was: octets 1 to 10 are still taken, once. */
const GOES_ON = `
    < P. 1:11(10) ack 1
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11`;

export const sequence: Cases = {
  "9293 3.10.7.4, table 6: data at the next octet is taken": `
    ${ACCEPTED}
    ${GOES_ON}`,
  "9293 3.10.7.4, table 6: the same from this side": `
    ${CONNECTED}
    ${GOES_ON}`,
  "9293 3.10.7.4: what was taken already is acknowledged again": `
    ${ACCEPTED}
    ${GOES_ON}
    < P. 1:11(10) ack 1
    > . 1:1(0) ack 11
    < . 5:8(3) ack 1
    > . 1:1(0) ack 11
    app read 100 ...`,
  "9293 3.10.7.4: what lies beyond the window is not taken, but answered": `
    ${ACCEPTED}
    < P. 100001:100011(10) ack 1
    > . 1:1(0) ack 1
    ${GOES_ON}`,
  "9293 3.10.7.4: numbers half the circle away are neither old nor new": `
    ${ACCEPTED}
    < P. 2147483649:2147483659(10) ack 1
    > . 1:1(0) ack 1
    < P. 2147483648:2147483658(10) ack 1
    > . 1:1(0) ack 1
    < P. -2147483647:-2147483637(10) ack 1
    > . 1:1(0) ack 1
    ${GOES_ON}`,
  "9293 3.8.4: an empty segment before the next octet is answered, as a keepalive asks": `
    ${ACCEPTED}
    < . 0:0(0) ack 1
    > . 1:1(0) ack 1
    < . 0:1(1) ack 1
    > . 1:1(0) ack 1
    ${GOES_ON}`,
  "9293 3.10.7.4: of what is new in part, only that is taken": `
    ${ACCEPTED}
    < P. 1:1001(1000) ack 1
    app read 2000 = 1000
    +0..0.5 > . 1:1(0) ack 1001
    < P. 501:1501(1000) ack 1
    app read 2000 = 500
    +0..0.5 > . 1:1(0) ack 1501`,
  "9293 3.10.7.4: an empty segment beyond the window is answered": `
    ${ACCEPTED}
    < . 100001:100001(0) ack 1
    > . 1:1(0) ack 1
    ${GOES_ON}`,
  "9293 3.10.7.4: a sound, empty segment is not answered": `
    ${ACCEPTED}
    < . 1:1(0) ack 1
    +5 quiet`,
  "9293 3.1: what is wrong in its checksum or its header's length is dropped without an answer": `
    ${ACCEPTED}
    < P. 1:11(10) ack 1 badsum
    < P. 1:11(10) ack 1 doff 16
    < P. 1:11(10) ack 1 doff 0
    < P. 1:11(10) ack 1 doff 60
    < R 1:1(0) badsum
    +1 quiet
    ${GOES_ON}`,
  "9293 3.1 (MUST-7): a wrong option does not hurt the connection": `
    ${ACCEPTED}
    < . 1:1(0) ack 1 <raw 05ff0000>
    < . 1:1(0) ack 1 <raw 080a0000>
    < . 1:1(0) ack 1 <raw 02000000>
    < . 1:1(0) ack 1 <raw 01010105>
    +1 ignore
    ${GOES_ON}`,
};

export const reset: Cases = {
  "9293 3.10.7.4; 5961 3.2: an RST with the next octet's number ends the connection": `
    ${ACCEPTED}
    app read 100 ...
    < R 1:1(0)
    app done read = E_RESET
    app write 10 = E_RESET
    +1 < . 1:1(0) ack 1
    > R 1:1(0)
    +300 quiet`,
  "9293 3.10.7.4: who writes is told of the RST, too": `
    ${ACCEPTED}
    app write 1000000 ...
    +0 ignore
    < R. 1:1(0) ack 1
    app done write = E_RESET
    +300 quiet`,
  "9293 3.10.7.4: what was read before the RST is not taken back": `
    ${ACCEPTED}
    < P. 1:11(10) ack 1
    app read 100 = 10
    +0.5 ignore <= 1
    < R 11:11(0)
    app read 100 = E_RESET`,
  "5961 3.2: an RST elsewhere in the window is answered with a challenge ACK": `
    ${ACCEPTED}
    < R 2:2(0)
    > . 1:1(0) ack 1
    < R. 1001:1001(0) ack 1
    > . 1:1(0) ack 1
    ${GOES_ON}`,
  "5961 3.2: the honest peer answers the challenge with the right RST": `
    ${ACCEPTED}
    app read 100 ...
    < R 2:2(0)
    > . 1:1(0) ack 1
    < R 1:1(0)
    app done read = E_RESET`,
  "5961 3.2: an RST out of the window is dropped without an answer": `
    ${ACCEPTED}
    < R 100001:100001(0)
    < R 0:0(0)
    < R. -1000:-1000(0) ack 1
    +1 quiet
    ${GOES_ON}`,
  "5961 7: challenge ACKs are limited": `
    ${ACCEPTED}
    ${"<* R 2:2(0)\n".repeat(3000)}
    +0 ignore <= 1000
    +2 < R 2:2(0)
    > . 1:1(0) ack 1
    ${GOES_ON}`,
};

export const syn: Cases = {
  "5961 4.2: a SYN is answered with a challenge ACK, wherever its number lies": `
    ${ACCEPTED}
    < S 0:0(0)
    > . 1:1(0) ack 1
    < S 1:1(0)
    > . 1:1(0) ack 1
    < S 1000:1000(0)
    > . 1:1(0) ack 1
    < S 100001:100001(0)
    > . 1:1(0) ack 1
    < S. 1:1(0) ack 1
    > . 1:1(0) ack 1
    ${GOES_ON}`,
  "5961 4.2: a peer that has started anew resets, and begins again": `
    ${ACCEPTED}
    app read 10 ...
    < S 500:500(0)
    > . 1:1(0) ack 1
    < R 1:1(0)
    app done read = E_RESET
    +1 < S 500:500(0)
    > S. 0:0(0) ack 501`,
};

export const acknowledgment: Cases = {
  "9293 3.10.7.4: what has no ACK is dropped": `
    ${ACCEPTED}
    < P 1:11(10)
    < F 1:1(0)
    < U 1:11(10) urg 3
    +1 quiet
    ${GOES_ON}`,
  "9293 3.10.7.4: an ACK of what was not sent is answered, and its data dropped": `
    ${ACCEPTED}
    < P. 1:11(10) ack 2
    > . 1:1(0) ack 1
    < P. 1:11(10) ack 70000
    > . 1:1(0) ack 1
    < P. 1:11(10) ack 2147483647
    > . 1:1(0) ack 1
    ${GOES_ON}`,
  "5961 5.2: an ACK older than the largest window is answered, and its data dropped": `
    ${ACCEPTED}
    < P. 1:11(10) ack -70000
    > . 1:1(0) ack 1
    < P. 1:11(10) ack -2147483640
    > . 1:1(0) ack 1
    ${GOES_ON}`,
  "9293 3.10.7.4: with an old ACK data is taken": `
    ${ACCEPTED}
    app write 100
    > P. 1:101(100) ack 1
    < . 1:1(0) ack 101
    < P. 1:11(10) ack 1
    app read 100 = 10
    +0..0.5 > . 101:101(0) ack 11`,
  "9293 3.10.7.4: an old segment does not bring back an old window": `
    ${ACCEPTED}
    < . 1:1(0) ack 1 win 3000
    < P. 1:11(10) ack 1 win 4000
    +0.5 ignore <= 1
    // From before: its window would be too much.
    < . 1:1(0) ack 1 win 65535
    > . 1:1(0) ack 11
    app write 6000
    > . 1:1461(1460) ack 11
    > . 1461:2921(1460) ack 11
    +0.1 quiet
    < . 11:11(0) ack 2921 win 4000
    > . 2921:4381(1460) ack 11
    > . 4381:5841(1460) ack 11
    > P. 5841:6001(160) ack 11
    < . 11:11(0) ack 6001`,
};

export const urgent: Cases = {
  "9293 3.8.5; 6093 6: urgent data is data like other": `
    ${ACCEPTED}
    < PU. 1:11(10) ack 1 urg 5
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11
    < PU. 11:21(10) ack 1 urg 10
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 21`,
  "9293 3.8.5: an urgent pointer to anywhere does no harm": `
    ${ACCEPTED}
    < U. 1:1(0) ack 1 urg 65535
    < U. 1:1(0) ack 1 urg 0
    < U. 1:11(10) ack 1 urg 65535
    app read 100 = 10
    +0.5 ignore <= 3
    < P. 11:21(10) ack 1 urg 700
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 21`,
};
