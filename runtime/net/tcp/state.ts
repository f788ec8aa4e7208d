/** The states of a connection (RFC 9293, 3.3.2). LISTEN is TcpListener's, TIME-WAIT is TimeWait's: no connection has them. */
export enum State {
  Closed,
  SynSent,
  SynReceived,
  Established,
  FinWait1,
  FinWait2,
  CloseWait,
  Closing,
  LastAck,
}
