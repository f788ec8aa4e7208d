/** Traces of how connections begin: RFC 9293, 3.10.7.1 to 3.10.7.3, and SYN-RECEIVED of 3.10.7.4. */
import type { Cases } from "./cases.ts";
import { ACCEPTED } from "./openings.ts";

export const closed: Cases = {
  "9293 3.10.7.1: a SYN to a closed port is answered with RST, ACK": `
    < S 0:0(0)
    > R. 0:0(0) ack 1`,
  "9293 3.10.7.1: the RST's ACK counts data and FIN": `
    < P 100:110(10)
    > R. 0:0(0) ack 110
    < F 200:200(0)
    > R. 0:0(0) ack 201
    < SF 300:310(10)
    > R. 0:0(0) ack 312`,
  "9293 3.10.7.1: to an ACK the RST has the number that was acknowledged": `
    < . 1:1(0) ack 4711
    > R 4711:4711(0)
    < F. 1:1(0) ack 99
    > R 99:99(0)
    < S. 0:0(0) ack 7
    > R 7:7(0)`,
  "9293 3.10.7.1: an RST is never answered": `
    < R 1:1(0)
    +1 < R. 1:1(0) ack 4711
    +1 < SR 1:1(0)
    +1 quiet`,
};

export const listen: Cases = {
  "9293 3.10.7.2: an RST to a listener is ignored": `
    app listen
    < R 0:0(0)
    < R. 0:0(0) ack 5
    +1 < S 0:0(0)
    > S. 0:0(0) ack 1`,
  "9293 3.10.7.2: an ACK to a listener is answered with RST": `
    app listen
    < . 1:1(0) ack 4711
    > R 4711:4711(0)
    < S. 0:0(0) ack 4711
    > R 4711:4711(0)
    < P. 1:11(10) ack 3
    > R 3:3(0)`,
  "9293 3.10.7.2: what has neither SYN, ACK nor RST is ignored by a listener": `
    app listen
    < P 1:11(10)
    < F 1:1(0)
    < U 1:2(1) urg 1
    +1 < S 0:0(0)
    > S. 0:0(0) ack 1`,
  "9293 3.5: the three-way handshake": `
    app listen
    app accept ...
    < S 0:0(0) win 1000 <mss 1460>
    > S. 0:0(0) ack 1 <mss 1460>
    +0.1 < . 1:1(0) ack 1
    app done accept
    +10 quiet`,
  "9293 3.10.7.4: data that comes with the ACK of our SYN is taken": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    < P. 1:11(10) ack 1
    app accept
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11`,
  "9293 3.10.7.4: a FIN that comes with the ACK of our SYN is taken": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    < F. 1:1(0) ack 1
    +0..0.5 > . 1:1(0) ack 2
    app accept
    app read 100 = 0`,
  "9293 3.10.7.4: when the ACK of our SYN is lost, data brings it": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    +0.1 < P. 1:11(10) ack 1
    app accept
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11`,
  "6298 2: a SYN, ACK is sent again after one second, then after twice as long each time": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    +1 > S. 0:0(0) ack 1
    +2 > S. 0:0(0) ack 1
    +4 > S. 0:0(0) ack 1
    < . 1:1(0) ack 1
    app accept
    +60 quiet`,
  "9293 3.8.1: a SYN that nobody completes is forgotten": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    +300 ignore
    +600 quiet
    < . 1:1(0) ack 1
    > R 1:1(0)`,
  "9293 3.10.7.4: in SYN-RECEIVED a wrong ACK is answered with RST, and the connection can still be made": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    < . 1:1(0) ack 77
    > R 77:77(0)
    < . 1:1(0) ack 0
    > R 0:0(0)
    < . 1:1(0) ack 1
    app accept`,
  "9293 3.10.7.4: in SYN-RECEIVED an RST brings the listener back": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    < R 1:1(0)
    < . 1:1(0) ack 1
    > R 1:1(0)
    < S 500:500(0)
    > S. 0:0(0) ack 501
    < . 501:501(0) ack 1
    app accept`,
  "5961 3.2: in SYN-RECEIVED an RST that is not the next octet's does not": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    < R 100:100(0)
    <* R 99999:99999(0)
    +0 ignore
    < . 1:1(0) ack 1
    app accept`,
  "9293 3.10.7.4: in SYN-RECEIVED the same SYN again is answered, and changes nothing": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    +0.1 < S 0:0(0)
    +0 ignore <= 1
    < . 1:1(0) ack 1
    app accept`,
  "9293 3.10.7.4: in SYN-RECEIVED what has no ACK is dropped": `
    app listen
    < S 0:0(0)
    > S. 0:0(0) ack 1
    < P 1:11(10)
    < F 1:1(0)
    +0.1 quiet
    < . 1:1(0) ack 1
    app accept
    app read 10 ...`,
  "9293 3.10.4: a listener that is closed takes no more, and aborts what nobody has accepted": `
    ${ACCEPTED}
    b: < S 0:0(0)
    b: > S. 0:0(0) ack 1
    b: < . 1:1(0) ack 1
    app unlisten
    b: > R. 1:1(0) ack 1
    c: < S 0:0(0)
    c: > R. 0:0(0) ack 1
    // What was accepted goes on.
    < P. 1:11(10) ack 1
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11`,
  "9293 3.10.4: a listener that is closed leaves nothing of what was half open": `
    app listen
    < S 0:0(0) <mss 1460>
    > S. 0:0(0) ack 1
    app unlisten
    < P. 1:11(10) ack 1
    > R. 1:1(0) ack 1
    +1 quiet
    count chunksUsed = 0
    count tcpCurrEstab = 0`,
  "3168 6.1.1: a SYN that offers ECN is answered without it": `
    app listen
    < SEW 0:0(0)
    > S. 0:0(0) ack 1`,
  "7413: data in a SYN is not lost, though not taken at once": `
    app listen
    < S 0:10(10) <mss 1460>
    +0 ignore <= 1
    < P. 1:11(10) ack 1
    app accept
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11`,
};

export const connect: Cases = {
  "9293 3.9.2.3 (MUST-46): a broadcast address is not called, nor are our own": `
    app connect 255 = E_UNREACHABLE
    app connect 2 = E_UNREACHABLE
    quiet`,
  "9293 3.10.7.3: the handshake from this side": `
    app connect ...
    > S 0:0(0) <mss 1460,sackOK,TS,wscale>
    +0.1 < S. 0:0(0) ack 1 <mss 1460>
    > . 1:1(0) ack 1
    app done connect
    +10 quiet`,
  "9293 3.10.7.3: in SYN-SENT an ACK of what was not sent is answered with RST": `
    app connect ...
    > S 0:0(0)
    < . 0:0(0) ack 99
    > R 99:99(0)
    < S. 0:0(0) ack 0
    > R 0:0(0)
    < S. 0:0(0) ack 2
    > R 2:2(0)
    < S. 0:0(0) ack 1
    > . 1:1(0) ack 1
    app done connect`,
  "9293 3.10.7.3: in SYN-SENT an RST counts only when it acknowledges our SYN": `
    app connect ...
    > S 0:0(0)
    < R 0:0(0)
    < R. 0:0(0) ack 0
    < R. 0:0(0) ack 99
    +0.1 quiet
    < R. 0:0(0) ack 1
    app done connect = E_REFUSED
    +300 quiet`,
  "9293 3.10.7.3: in SYN-SENT what has neither SYN nor RST is dropped": `
    app connect ...
    > S 0:0(0)
    < . 0:0(0) ack 1
    < F 0:0(0)
    < P. 1:11(10) ack 1
    +0.1 quiet
    < S. 0:0(0) ack 1
    > . 1:1(0) ack 1
    app done connect`,
  "9293 3.5, figure 7: both open at once": `
    app connect ...
    > S 0:0(0)
    < S 0:0(0) <mss 1460>
    > S. 0:0(0) ack 1 <mss 1460>
    < S. 0:0(0) ack 1
    > . 1:1(0) ack 1
    < . 1:1(0) ack 1
    app done connect
    < P. 1:11(10) ack 1
    app read 100 = 10
    +0..0.5 > . 1:1(0) ack 11`,
  "9293 3.10.7.4: both open at once, and the peer resets": `
    app connect ...
    > S 0:0(0)
    < S 0:0(0)
    > S. 0:0(0) ack 1
    < R 1:1(0)
    app done connect = E_REFUSED
    +300 quiet`,
  "6298 2: a SYN is sent again after one second, then after twice as long each time": `
    app connect ...
    > S 0:0(0)
    +1 > S 0:0(0)
    +2 > S 0:0(0)
    +4 > S 0:0(0)
    < S. 0:0(0) ack 1
    > . 1:1(0) ack 1
    app done connect`,
  "9293 3.8.3 (MUST-23): a SYN is tried for three minutes at least": `
    app connect ...
    +180 ignore
    app done connect ...
    +600 ignore
    app done connect = E_TIMEOUT
    +600 quiet`,
  "runtime/flow: connect gives up when its time is over": `
    app connect for 5000 ...
    +4.9 ignore
    app done connect ...
    +0.2 ignore
    app done connect = E_TIMEOUT
    +600 quiet
    // Too late.
    < S. 0:0(0) ack 1
    > R 1:1(0)`,
  "1122 4.2.3.9: a port that ICMP calls unreachable refuses": `
    app connect ...
    > S 0:0(0)
    icmp 3 3
    app done connect = E_REFUSED`,
  "5927 4.1: an ICMP error about a number that is not on its way is ignored": `
    app connect ...
    > S 0:0(0)
    icmp 3 3 seq 1000
    app done connect ...
    < S. 0:0(0) ack 1
    > . 1:1(0) ack 1
    app done connect`,
  "1122 4.2.3.9: a network that is unreachable may come back": `
    app connect ...
    > S 0:0(0)
    icmp 3 0
    icmp 3 1
    icmp 11 0
    app done connect ...
    < S. 0:0(0) ack 1
    > . 1:1(0) ack 1
    app done connect`,
};
