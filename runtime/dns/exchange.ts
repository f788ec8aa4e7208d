/**
 * Asks one server one question (RFC 1035, 4.2; RFC 7766), and takes nothing but its answer for it: that must come from where
 * the question went, to the port that it came from, with its number and its text (RFC 5452, 9.1). Port and number are drawn
 * anew for each question.
 */
import { load16be, store16be } from "../base/bytes";
import { E_AGAIN, E_REFUSED, E_TIMEOUT, OK } from "../base/result";
import { Flow, Transport } from "../flow/stream";
import { after, remaining } from "../sched/fiber";
import { randomU32 } from "../sys/random";
import * as wire from "../wire/dns";
import { emitName, isSameName, NAME_MAX, readName } from "../wire/dnsname";
import { Ipv4Address } from "../wire/ipv4address";

/** Octets of the largest question. */
const QUESTION_MAX: u32 = wire.HEADER_LENGTH + NAME_MAX + 4 + wire.EDNS_LENGTH;
/** Before a message on TCP: its length. */
const PREFIX: u32 = 2;

export class Exchange {
  /** The response that came last. */
  response: Uint8Array = new Uint8Array(0);
  private datagram: Uint8Array = new Uint8Array(wire.EDNS_UDP_MAX);
  /** The question, behind room for its length. */
  private framed: Uint8Array = new Uint8Array(PREFIX + QUESTION_MAX);
  private question: Uint8Array = this.framed.subarray(PREFIX);
  private length: u32 = 0;
  private id: u32 = 0;
  /** The name that is asked for, in canonical form. */
  private name: usize = 0;
  private echoed: usize = heap.alloc(NAME_MAX);

  constructor(private transport: Transport) {}

  /** Gives its memory back. It must not be used any more. */
  release(): void {
    heap.free(this.echoed);
  }

  /**
   * Asks for the addresses of a name.
   * @param name in canonical form; @param ms how long to wait for an answer by each of UDP and TCP
   * @returns octets of the response, which passed wire.check, is in `response` and says that there are addresses or are
   *   none; or a code: E_REFUSED, the server does not know; E_TIMEOUT, E_UNREACHABLE, E_CANCELLED
   */
  ask(server: Ipv4Address, name: usize, ms: u64): i32 {
    this.name = name;
    let length = this.askWith(server, true, ms);
    // RFC 6891, 7: servers that know nothing of EDNS.
    if (length > 0 && isAboutEdns(this.response.dataStart)) length = this.askWith(server, false, ms);
    if (length < 0) return length;
    const code = wire.responseCode(this.response.dataStart);
    return code == wire.RCODE_NO_ERROR || code == wire.RCODE_NAME_ERROR ? length : E_REFUSED;
  }

  private askWith(server: Ipv4Address, edns: bool, ms: u64): i32 {
    this.write(edns);
    const length = this.askByDatagram(server, ms);
    if (length < 0 || !(wire.flags(this.response.dataStart) & wire.FLAG_TC)) return length;
    return this.askByStream(server, ms);
  }

  private write(edns: bool): void {
    const ptr = this.question.dataStart;
    this.id = randomU32() & 0xffff;
    wire.emitHeader(ptr, this.id, wire.FLAG_RD);
    let at = emitName(ptr + wire.HEADER_LENGTH, this.name, ptr, 0);
    at = wire.emitQuestionRest(at, wire.TYPE_A, wire.CLASS_IN);
    if (edns) {
      at = wire.emitEdns(at, wire.EDNS_UDP_MAX);
      wire.setCounts(ptr, 1, 0, 0, 1);
    }
    this.length = (at - ptr) as u32;
    store16be(this.framed.dataStart, this.length as u16);
  }

  private askByDatagram(server: Ipv4Address, ms: u64): i32 {
    const socket = this.transport.datagrams(0);
    if (!socket) return this.transport.error;
    const deadline = after(ms);
    this.response = this.datagram;
    // So that we hear of it when nobody has that port there.
    socket.connect(server, wire.PORT);
    let result = socket.sendTo(this.question, this.length, server, wire.PORT);
    // Without a buffer for it, it is as good as lost on its way.
    if (result == E_AGAIN) result = OK;
    while (result >= 0) {
      const wait = remaining(deadline);
      // Also where datagrams come without end.
      result = wait ? socket.recvFrom(this.datagram, wait) : E_TIMEOUT;
      if (result < 0) break;
      const own = socket.remoteAddress == server && socket.remotePort == wire.PORT;
      if (own && this.isAnswer(this.datagram.dataStart, result)) break;
    }
    socket.close();
    return result;
  }

  /** What did not fit into a datagram comes by TCP. */
  private askByStream(server: Ipv4Address, ms: u64): i32 {
    const flow = this.transport.connect(server, wire.PORT, ms);
    if (!flow) return this.transport.error;
    const result = this.askOn(flow, after(ms));
    flow.close();
    return result;
  }

  private askOn(flow: Flow, deadline: u64): i32 {
    let result = flow.writeFrom(this.framed.dataStart, PREFIX + this.length, remaining(deadline), false);
    const prefix = new Uint8Array(PREFIX);
    if (result == OK) result = flow.readExactly(prefix, 0, PREFIX, remaining(deadline));
    if (result < 0) return result;
    const length = <i32>load16be(prefix.dataStart);
    if (length < <i32>wire.HEADER_LENGTH) return E_REFUSED;
    const response = new Uint8Array(length);
    result = flow.readExactly(response, 0, length, remaining(deadline));
    if (result < 0) return result;
    this.response = response;
    return this.isAnswer(response.dataStart, length) ? length : E_REFUSED;
  }

  private isAnswer(ptr: usize, length: u32): bool {
    const bare = wire.isWithoutQuestion(ptr, length);
    if (!(bare || wire.check(ptr, length)) || wire.id(ptr) != this.id) return false;
    if (!(wire.flags(ptr) & wire.FLAG_QR) || wire.opcode(ptr) != 0) return false;
    // Who could not read the question cannot repeat it (RFC 6891, 7): some answer EDNS with a header alone.
    if (bare) return isAboutEdns(ptr);
    if (wire.questionType(ptr) != wire.TYPE_A || wire.questionClass(ptr) != wire.CLASS_IN) return false;
    return readName(ptr, ptr + length, wire.questionName(ptr), this.echoed) > 0 && isSameName(this.echoed, this.name);
  }
}

function isAboutEdns(ptr: usize): bool {
  const code = wire.responseCode(ptr);
  return code == wire.RCODE_FORMAT_ERROR || code == wire.RCODE_NOT_IMPLEMENTED;
}
