/** Traces of ICMP (RFC 1122, 1191, 5927), keepalive (RFC 9293, 3.8.4) and the user timeout (RFC 9293, 3.9.1; 5482). */
import type { Cases } from "./cases.ts";
import { ACCEPTED } from "./openings.ts";

export const icmp: Cases = {
  "5927 5.2: an established connection outlives ICMP errors": `
    ${ACCEPTED}
    app write 100
    > P. 1:101(100) ack 1
    icmp 3 3
    icmp 3 2
    icmp 3 1
    icmp 11 0
    icmp 12 0
    +0.1 < . 1:1(0) ack 101
    app write 100
    > P. 101:201(100) ack 1
    < . 1:1(0) ack 201
    +1 quiet`,
  "6633: source quench is ignored": `
    ${ACCEPTED}
    app write 14600
    +0 ignore
    icmp 4 0
    < . 1:1(0) ack 14601
    app write 14600
    > . 14601:16061(1460) ack 1
    > . 16061:17521(1460) ack 1
    +0 ignore
    < . 1:1(0) ack 29201`,
  "1191 3: where a packet was too large, smaller ones are sent": `
    ${ACCEPTED}
    app write 2920
    > . 1:1461(1460) ack 1
    > P. 1461:2921(1460) ack 1
    icmp 3 4 mtu 1000 seq 1
    > . 1:961(960) ack 1
    +0 ignore
    < . 1:1(0) ack 2921
    app write 2000
    > . 2921:3881(960) ack 1
    > . 3881:4841(960) ack 1
    +0 ignore
    < . 1:1(0) ack 4921`,
  "5927 7: but not when the number is none that is on its way": `
    ${ACCEPTED}
    app write 2920
    +0 ignore
    icmp 3 4 mtu 1000 seq 100000
    icmp 3 4 mtu 1000 seq -5000
    +0 quiet
    < . 1:1(0) ack 2921
    icmp 3 4 mtu 1000 seq 1
    app write 1460
    > P. 2921:4381(1460) ack 1
    < . 1:1(0) ack 4381`,
  "1191 7: an MTU that no link has does no harm": `
    ${ACCEPTED}
    app write 2920
    +0 ignore
    icmp 3 4 mtu 0 seq 1
    +0 ignore <= 10
    icmp 3 4 mtu 1 seq 1
    +0 ignore <= 10
    icmp 3 4 mtu 68 seq 1
    +0 ignore <= 110
    icmp 3 4 mtu 65535 seq 1
    +0 ignore <= 10
    < . 1:1(0) ack 2921
    +0 ignore`,
};

export const idle: Cases = {
  "9293 3.8.4 (MUST-25): nobody is asked without need": `
    ${ACCEPTED}
    +20000 quiet`,
  "9293 3.8.4: keepalive asks a peer that is silent, and leaves one that answers alone": `
    ${ACCEPTED}
    app keepalive 60000
    +60 > . 0:0(0) ack 1
    < . 1:1(0) ack 1
    +60 > . 0:0(0) ack 1
    < . 1:1(0) ack 1
    < P. 1:11(10) ack 1
    app read 10 = 10
    +0..0.5 > . 1:1(0) ack 11
    +59.5..60.5 > . 0:0(0) ack 11`,
  "9293 3.8.4: keepalive ends the connection to a peer that is gone": `
    ${ACCEPTED}
    app keepalive 60000
    app read 10 ...
    +60 > . 0:0(0) ack 1
    +60 ignore
    app done read ...
    +3000 ignore
    app done read = E_TIMEOUT
    +600 quiet`,
  "9293 3.8.4: segments from outside of the window are no sign of life": `
    ${ACCEPTED}
    app keepalive 60000
    app read 10 ...
    +50 < . 1000000:1000000(0) ack 1
    > . 1:1(0) ack 1
    +10 > . 0:0(0) ack 1
    +50 < . 1000000:1000000(0) ack 1
    > . 1:1(0) ack 1
    +10 > . 0:0(0) ack 1
    +3000 ignore
    app done read = E_TIMEOUT`,
  "9293 3.8.4: being asked for a sign of life is one": `
    ${ACCEPTED}
    app keepalive 60000
    +50 < . 0:0(0) ack 1
    > . 1:1(0) ack 1
    +60 > . 0:0(0) ack 1`,
  "9293 3.8.4: while something is outstanding, that is the sign of life asked for": `
    ${ACCEPTED}
    app keepalive 100
    app write 100
    > P. 1:101(100) ack 1
    +0.2..2 > . 1:101(100) ack 1
    +0.2..4 > . 1:101(100) ack 1
    < . 1:1(0) ack 101
    +0.05..5 > . 100:100(0) ack 1
    +0 ignore`,
  "9293 3.9.1: what was written after a long silence has its whole time, also with a window of zero": `
    ${ACCEPTED}
    app write 1000
    > P. 1:1001(1000) ack 1
    < . 1:1(0) ack 1001 win 0
    +600 quiet
    app write 100
    +0.2..2 > . 1001:1002(1) ack 1
    +0.2..4 > . 1001:1002(1) ack 1
    < . 1:1(0) ack 1001 win 1000
    > P. 1001:1101(100) ack 1`,
  "9293 3.9.1: the user timeout is the application's": `
    ${ACCEPTED}
    app usertimeout 10000
    app write 100
    app read 10 ...
    +9 ignore
    app done read ...
    +8 ignore
    app done read = E_TIMEOUT
    +600 quiet`,
};
