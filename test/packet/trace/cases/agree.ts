/** Traces of what openings agree on, and of more of them than there is room for. */
import type { Cases } from "./cases.ts";
import { ACCEPTED } from "./openings.ts";

export const backlog: Cases = {
  "4987 3.6: with SYN cookies connections are made while SYNs flood": `
    app listen 8
    ${flood(600)}
    z: < S 0:0(0) <mss 1000>
    z: > S. 0:0(0) ack 1
    z: < . 1:1(0) ack 1
    z: app accept
    z: < P. 1:101(100) ack 1
    z: app read 200 = 100
    +0..0.5 z: > . 1:1(0) ack 101`,
  "4987 3.6: the data that comes with a cookie's ACK is not lost": `
    app listen 8
    ${flood(600)}
    z: < S 0:0(0) <mss 1460>
    z: > S. 0:0(0) ack 1
    z: < P. 1:101(100) ack 1
    +0 ignore <= 1
    z: app accept
    z: app read 200 = 100
    +0.5 ignore <= 1`,
  "4987 3.6: an ACK with what is no cookie is passed over while cookies are out, and refused later": `
    app listen 8
    ${flood(600)}
    z: < . 1:1(0) ack 12345
    y: < S 0:0(0)
    y: > S. 0:0(0) ack 1
    y: < . 1:1(0) ack 2
    +130 ignore
    z: < . 1:1(0) ack 12345
    z: > R 12345:12345(0)`,
  "9293 3.10.7.2: more connections than the backlog wait for accept without harm": `
    app listen 2
    b: < S 0:0(0)
    b: > S. 0:0(0) ack 1
    b: < . 1:1(0) ack 1
    c: < S 0:0(0)
    c: > S. 0:0(0) ack 1
    c: < . 1:1(0) ack 1
    d: < S 0:0(0)
    +0 ignore <= 1
    b: app accept
    c: app accept
    +30 ignore
    e: < S 0:0(0)
    e: > S. 0:0(0) ack 1
    e: < . 1:1(0) ack 1
    e: app accept`,
};

export const options: Cases = {
  "9293 3.7.1 (MUST-15): without the MSS option segments have 536 octets": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    < . 1:1(0) ack 1
    app accept
    app write 1000
    > . 1:537(536) ack 1
    +0 ignore
    < . 1:1(0) ack 1001
    +5 quiet`,
  "7323 1.3: a SYN offers what stands in it, not what the one before had": `
    app listen
    < S 0:0(0) <mss 1460,sackOK,wscale 7>
    > S. 0:0(0) ack 1 <sackOK,wscale>
    b: < S 0:0(0) <raw 0101080a0000000100000000>
    b: > S. 0:0(0) ack 1 <TS,!sackOK,!wscale>
    b: < . 1:1(0) ack 1 <raw 0101080a0000000100000000>
    b: app accept
    b: app write 1000
    b: > . 1:525(524) ack 1
    +0 ignore`,
  "9293 3.7.1: segments are no larger than the peer wants": `
    app listen
    < S 0:0(0) <mss 1000>
    > S. 0:0(0) ack 1
    < . 1:1(0) ack 1
    app accept
    app write 2000
    > . 1:1001(1000) ack 1
    > P. 1001:2001(1000) ack 1
    < . 1:1(0) ack 2001`,
  "9293 3.7.1: nor larger than our link takes": `
    app listen
    < S 0:0(0) <mss 9000>
    > S. 0:0(0) ack 1 <mss 1460>
    < . 1:1(0) ack 1
    app accept
    app write 2920
    > . 1:1461(1460) ack 1
    > P. 1461:2921(1460) ack 1
    < . 1:1(0) ack 2921`,
  "9293 3.7.1: an MSS that cannot be does no harm": `
    app listen
    < S 0:0(0) <mss 0>
    > S. 0:0(0) ack 1
    < . 1:1(0) ack 1
    app accept
    app write 3000
    +0.1 ignore <= 50
    < R 1:1(0)
    b: < S 0:0(0) <mss 1>
    b: > S. 0:0(0) ack 1`,
  "9293 3.1 (MUST-7): options without a length, with one that is too long, and unknown ones": `
    app listen
    b: < S 0:0(0) <raw 02000000>
    +0 ignore <= 1
    c: < S 0:0(0) <raw 02080101>
    +0 ignore <= 1
    d: < S 0:0(0) <raw 01010102>
    +0 ignore <= 1
    e: < S 0:0(0) <raw fe04abcd020405b4>
    e: > S. 0:0(0) ack 1 <mss 1460>
    e: < . 1:1(0) ack 1
    e: app accept
    e: app write 1460
    e: > P. 1:1461(1460) ack 1
    e: < . 1:1(0) ack 1461`,
  "9293 3.2: what stands behind the end of options is none": `
    app listen
    < S 0:0(0) <raw 0001020404000303>
    > S. 0:0(0) ack 1 <!sackOK,!TS,!wscale>`,
  "7323 2.5, 3.2; 2018 2: only what the SYN has offered is agreed to": `
    app listen
    b: < S 0:0(0) <mss 1460>
    b: > S. 0:0(0) ack 1 <mss 1460,!sackOK,!TS,!wscale>
    c: < S 0:0(0) <mss 1460,sackOK>
    c: > S. 0:0(0) ack 1 <sackOK,!TS,!wscale>
    d: < S 0:0(0) <mss 1460,wscale 7>
    d: > S. 0:0(0) ack 1 <wscale,!sackOK,!TS>
    e: < S 0:0(0) <mss 1460,TS val 7 ecr 0>
    e: > S. 0:0(0) ack 1 <TS val 0 ecr 7,!sackOK,!wscale>`,
  "7323 2.2: the window of a SYN is not scaled": `
    app listen
    < S 0:0(0) win 1000 <mss 1460,wscale 7>
    > S. 0:0(0) ack 1 <wscale>
    < . 1:1(0) ack 1 win 1000
    app accept
    app write 14600
    +0 ignore
    < . 1:1(0) ack 14601
    +1 quiet`,
  "7323 1.3: options that the handshake did not agree on are ignored": `
    ${ACCEPTED}
    < P. 1:11(10) ack 1 <TS val 5 ecr 6,sack 100:200>
    +0..0.5 > . 1:1(0) ack 11 <!TS,!sack>
    app read 20 = 10`,
};

/** A peer that does nothing but SYNs: each is answered, also when there is no memory for it (RFC 4987, 3.6). */
function flood(count: number): string {
  const names = Array.from({ length: count }, (_, i) => `f${i}`);
  return names.map((name) => `${name}: < S 0:0(0) <mss 1460>\n${name}: > S. 0:0(0) ack 1 <mss 1460>`).join("\n");
}
