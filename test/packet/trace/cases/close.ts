/** Traces of how connections end: RFC 9293, 3.6, and the closing states of 3.10.7.4. */
import type { Cases } from "./cases.ts";
import { ACCEPTED, CONNECTED } from "./openings.ts";

/** This side has ended first and then the peer: TIME-WAIT. */
const TIME_WAIT = `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    < . 1:1(0) ack 2
    < F. 1:1(0) ack 2
    > . 2:2(0) ack 2
    app read 10 = 0`;

export const peerFirst: Cases = {
  "9293 3.6: the peer ends, then this side: CLOSE-WAIT, LAST-ACK, CLOSED": `
    ${ACCEPTED}
    < F. 1:1(0) ack 1
    +0..0.5 > . 1:1(0) ack 2
    app read 10 = 0
    app read 10 = 0
    app close
    > F. 1:1(0) ack 2
    < . 2:2(0) ack 2
    +1 < . 2:2(0) ack 2
    > R 2:2(0)
    +300 quiet`,
  "9293 3.6 (case 3): who waits to read learns of the FIN": `
    ${ACCEPTED}
    app read 10 ...
    < FP. 1:6(5) ack 1
    app done read = 5
    +0..0.5 > . 1:1(0) ack 7
    app read 10 = 0`,
  "9293 3.10.7.4: in CLOSE-WAIT this side still sends": `
    ${ACCEPTED}
    < F. 1:1(0) ack 1
    +0..0.5 > . 1:1(0) ack 2
    app write 3000
    > . 1:1461(1460) ack 2
    > . 1461:2921(1460) ack 2
    +0 ignore
    < . 2:2(0) ack 3001
    +0 ignore
    app close
    > F. 3001:3001(0) ack 2
    < . 2:2(0) ack 3002
    +300 quiet`,
  "9293 3.10.7.4: data behind the FIN is not taken": `
    ${ACCEPTED}
    < F. 1:1(0) ack 1
    +0..0.5 > . 1:1(0) ack 2
    < P. 2:12(10) ack 1
    +0.5 ignore <= 1
    app read 10 = 0`,
  "9293 3.10.7.4: the FIN again is acknowledged again": `
    ${ACCEPTED}
    < F. 1:1(0) ack 1
    +0..0.5 > . 1:1(0) ack 2
    < F. 1:1(0) ack 1
    > . 1:1(0) ack 2`,
  "9293 3.10.7.4: a FIN that comes before the data counts behind it": `
    ${ACCEPTED}
    app read 100 ...
    < F. 11:11(0) ack 1
    > . 1:1(0) ack 1
    < P. 1:11(10) ack 1
    +0..0.5 > . 1:1(0) ack 12
    app done read = 10
    app read 100 = 0`,
  "9293 3.10.7.4: in LAST-ACK the FIN is sent again until it is acknowledged": `
    ${ACCEPTED}
    < F. 1:1(0) ack 1
    +0..0.5 > . 1:1(0) ack 2
    app close
    > F. 1:1(0) ack 2
    +0.2..1 > F. 1:1(0) ack 2
    +0.4..2 > F. 1:1(0) ack 2
    < . 2:2(0) ack 1
    +0.8..4 > F. 1:1(0) ack 2
    < . 2:2(0) ack 2
    +300 quiet`,
  "9293 3.10.7.4: in LAST-ACK an RST ends it": `
    ${ACCEPTED}
    < F. 1:1(0) ack 1
    +0..0.5 > . 1:1(0) ack 2
    app close
    > F. 1:1(0) ack 2
    < R 2:2(0)
    +300 quiet`,
  "9293 3.10.7.4: in CLOSE-WAIT an RST ends it": `
    ${ACCEPTED}
    < F. 1:1(0) ack 1
    +0..0.5 > . 1:1(0) ack 2
    < R 2:2(0)
    app write 10 = E_RESET
    +300 quiet`,
};

export const thisFirst: Cases = {
  "9293 3.6: this side ends, then the peer: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT": `
    ${TIME_WAIT}`,
  "9293 3.6: the same from a connection that this side has opened": `
    ${CONNECTED}
    app shutdown
    > F. 1:1(0) ack 1
    < F. 1:1(0) ack 2
    > . 2:2(0) ack 2
    app read 10 = 0`,
  "9293 3.6: half closed, this side still takes data": `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    < . 1:1(0) ack 2
    +100 quiet
    < P. 1:11(10) ack 2
    app read 100 = 10
    +0..0.5 > . 2:2(0) ack 11
    < P. 11:1011(1000) ack 2
    app read 2000 = 1000
    +0..0.5 > . 2:2(0) ack 1011
    < F. 1011:1011(0) ack 2
    > . 2:2(0) ack 1012
    app read 2000 = 0`,
  "9293 3.10.4: shutdown sends what was written before": `
    ${ACCEPTED}
    app write 3000
    +0 ignore
    app shutdown
    app write 10 = E_CLOSED
    +0 ignore
    < . 1:1(0) ack 2921
    +0 ignore
    < . 1:1(0) ack 3002
    < F. 1:1(0) ack 3002
    > . 3002:3002(0) ack 2`,
  "9293 3.10.7.4: in FIN-WAIT-1 data and FIN come with the ACK of ours": `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    < FP. 1:11(10) ack 2
    > . 2:2(0) ack 12
    app read 100 = 10
    app read 100 = 0`,
  "9293 3.10.7.4: in FIN-WAIT-1 data is taken": `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    < P. 1:11(10) ack 1
    app read 100 = 10
    +0..0.15 > . 2:2(0) ack 11
    < . 11:11(0) ack 2`,
  "6298 5: in FIN-WAIT-1 the FIN is sent again": `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    +0.2..1 > F. 1:1(0) ack 1
    +0.4..2 > F. 1:1(0) ack 1
    < . 1:1(0) ack 2
    +50 quiet`,
  "9293 3.6, figure 13: both end at once: CLOSING, TIME-WAIT": `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    < F. 1:1(0) ack 1
    > . 2:2(0) ack 2
    < . 2:2(0) ack 2
    app read 10 = 0
    +1 < F. 1:1(0) ack 2
    > . 2:2(0) ack 2`,
  "9293 3.10.7.4: in CLOSING our FIN is sent again": `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    < F. 1:1(0) ack 1
    > . 2:2(0) ack 2
    +0.2..1 > F. 1:1(0) ack 2
    < . 2:2(0) ack 2
    +50 quiet`,
  "9293 3.10.7.4: in FIN-WAIT-2 an RST ends it": `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    < . 1:1(0) ack 2
    < R 1:1(0)
    app read 10 = E_RESET
    +1 < . 1:1(0) ack 2
    > R 2:2(0)`,
  "5961 3.2: in FIN-WAIT-2 an RST elsewhere in the window is challenged": `
    ${ACCEPTED}
    app shutdown
    > F. 1:1(0) ack 1
    < . 1:1(0) ack 2
    < R 5:5(0)
    > . 2:2(0) ack 1
    < F. 1:1(0) ack 2
    > . 2:2(0) ack 2`,
  "9293 3.6.1; 2525 2.17: closing with data that was not read resets": `
    ${ACCEPTED}
    < P. 1:11(10) ack 1
    +0.5 ignore <= 1
    app close
    > R. 1:1(0) ack 11
    +300 quiet`,
  "9293 3.6.1 (SHLD-3): data to who has closed is answered with RST": `
    ${ACCEPTED}
    app close
    > F. 1:1(0) ack 1
    < . 1:1(0) ack 2
    < P. 1:11(10) ack 2
    > R. 2:2(0) ack 11
    +300 quiet`,
  "9293 3.10.5: abort tells the peer by RST": `
    ${ACCEPTED}
    app write 100
    > P. 1:101(100) ack 1
    app read 10 ...
    app abort
    > R. 101:101(0) ack 1
    app done read = E_CLOSED
    +300 quiet`,
  "runtime/flow: who waits when the flow is closed is told": `
    ${ACCEPTED}
    app read 10 ...
    app close
    > F. 1:1(0) ack 1
    app done read = E_CLOSED
    app read 10 = E_CLOSED
    app write 10 = E_CLOSED`,
  "9293 3.6: nobody who has closed waits for the peer's FIN for ever": `
    ${ACCEPTED}
    app close
    > F. 1:1(0) ack 1
    < . 1:1(0) ack 2
    +600 ignore
    < F. 1:1(0) ack 2
    > R 2:2(0)`,
};

export const timeWait: Cases = {
  "9293 3.10.7.4: in TIME-WAIT the peer's FIN is acknowledged again": `
    ${TIME_WAIT}
    +1 < F. 1:1(0) ack 2
    > . 2:2(0) ack 2
    +10 < F. 1:1(0) ack 2
    > . 2:2(0) ack 2`,
  "9293 3.10.7.4: in TIME-WAIT old data is acknowledged, and not taken": `
    ${TIME_WAIT}
    +1 < P. 0:1(1) ack 2
    > . 2:2(0) ack 2`,
  "9293 3.4.2: TIME-WAIT ends": `
    ${TIME_WAIT}
    +245 < F. 1:1(0) ack 2
    > R 2:2(0)`,
  "1337 3: an RST out of place does not end TIME-WAIT": `
    ${TIME_WAIT}
    +1 < R 1:1(0)
    < R 100:100(0)
    +0 ignore <= 2
    +1 < F. 1:1(0) ack 2
    > . 2:2(0) ack 2`,
  "1122 4.2.2.13; 9293 3.6.1: a SYN behind all that was used opens anew": `
    ${TIME_WAIT}
    +1 < S 100:100(0) <mss 1460>
    > S. 0:0(0) ack 101
    < . 101:101(0) ack 1
    app accept
    < P. 101:111(10) ack 1
    +0..0.5 > . 1:1(0) ack 111`,
  "9293 3.6.1: an old SYN does not": `
    ${TIME_WAIT}
    +1 < S -5000:-5000(0) <mss 1460>
    > . 2:2(0) ack 2`,
  "6191 2: with a newer timestamp a SYN opens anew, wherever its number lies": `
    app listen
    < S 0:0(0) <mss 1460,TS val 1000 ecr 0>
    > S. 0:0(0) ack 1 <TS>
    < . 1:1(0) ack 1 <TS val 1001 ecr 1>
    app accept
    +0 ignore
    app shutdown
    > F. 1:1(0) ack 1
    < F. 1:1(0) ack 2 <TS val 1002 ecr 1>
    +0 ignore
    +1 < S -5000:-5000(0) <mss 1460,TS val 2000 ecr 0>
    > S. 0:0(0) ack -4999
    < . -4999:-4999(0) ack 1 <TS>
    app accept`,
  "6191 2: with an older timestamp it does not, whatever its number": `
    app listen
    < S 0:0(0) <mss 1460,TS val 1000 ecr 0>
    > S. 0:0(0) ack 1 <TS>
    < . 1:1(0) ack 1 <TS val 1001 ecr 1>
    app accept
    app shutdown
    +0 ignore
    < F. 1:1(0) ack 2 <TS val 1002 ecr 1>
    +0 ignore
    +1 < S 5000:5000(0) <mss 1460,TS val 500 ecr 0>
    +0 ignore <= 1
    +1 < F. 1:1(0) ack 2 <TS val 1002 ecr 1>
    > . 2:2(0) ack 2`,
};
