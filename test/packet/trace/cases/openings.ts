/** How a connection begins, for traces that are about what comes then. */

/** The host listens, the peer opens, without any option but MSS. */
export const ACCEPTED = `
  app listen
  < S 0:0(0) win 65535 <mss 1460>
  > S. 0:0(0) ack 1
  < . 1:1(0) ack 1 win 65535
  app accept`;

/** The same with selective acknowledgments. */
export const ACCEPTED_SACK = `
  app listen
  < S 0:0(0) win 65535 <mss 1460,sackOK>
  > S. 0:0(0) ack 1 <sackOK>
  < . 1:1(0) ack 1 win 65535
  app accept`;

/** The same with window scaling: what the peer says of its window counts 128 times. */
export const ACCEPTED_SCALED = `
  app listen
  < S 0:0(0) win 65535 <mss 1460,wscale 7>
  > S. 0:0(0) ack 1 <wscale>
  < . 1:1(0) ack 1 win 8000
  app accept`;

/** The same with timestamps. */
export const ACCEPTED_TIMESTAMPS = `
  app listen
  < S 0:0(0) win 65535 <mss 1460,TS>
  > S. 0:0(0) ack 1 <TS val 0 ecr 1000>
  < . 1:1(0) ack 1 win 65535 <TS>
  app accept`;

/** The host opens. */
export const CONNECTED = `
  app connect ...
  > S 0:0(0)
  < S. 0:0(0) ack 1 win 65535 <mss 1460>
  > . 1:1(0) ack 1
  app done connect`;
