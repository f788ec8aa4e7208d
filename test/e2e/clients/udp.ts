/**
 * A UDP client, to be run on a test's host: sends datagrams to an echo service, keeps a number of them on the way, and
 * compares what comes back with what was sent.
 *
 *     node udp.js JOB      the job as JSON; prints the result as JSON
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export interface UdpJob {
  readonly address: string;
  readonly port: number;
  /** Bytes of each datagram, in their order. */
  readonly sizes: readonly number[];
  /** Most datagrams on the way at once, from all sockets together. By default 1. */
  readonly window?: number;
  /** Sockets, each with a port of its own, which take turns. By default 1. */
  readonly sockets?: number;
  /** The job ends when nothing has come for so many milliseconds. By default 30,000: where nothing may be lost. */
  readonly patience?: number;
  /** What stands before the datagram's own bytes in an answer. By default nothing. */
  readonly prefix?: string;
}

export interface UdpResult {
  /** Datagrams that came back as they were sent, to the socket that sent them. */
  readonly answered: number;
  /** Datagrams that came and were not waited for. */
  readonly strange: number;
  /** The error of a socket, such as ECONNREFUSED; the job ended with it. */
  readonly error?: string;
}

/** Longer than an answer takes, also on a busy machine. */
const PATIENCE_MS = 30_000;

/** The bytes of a datagram: no two of a job are the same, except where they are too short for that. */
function datagram(index: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = at < 4 ? index >>> (8 * at) : index * 7 + at * 31;
  return bytes;
}

async function connect(job: UdpJob): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.connect(job.port, job.address);
  await once(socket, "connect");
  return socket;
}

async function perform(job: UdpJob): Promise<UdpResult> {
  const { sizes, window = 1, prefix = "", patience = PATIENCE_MS } = job;
  const sockets = await Promise.all(Array.from({ length: job.sockets ?? 1 }, () => connect(job)));
  const expected = sockets.map(() => new Set<string>());
  let sent = 0;
  let answered = 0;
  let strange = 0;
  let lost: NodeJS.Timeout | undefined;
  const error = await new Promise<string | undefined>((resolve) => {
    const fill = () => {
      clearTimeout(lost);
      if (answered === sizes.length) return resolve(undefined);
      for (; sent < sizes.length && sent - answered < window; sent++) {
        const turn = sent % sockets.length;
        const bytes = datagram(sent, sizes[sent] ?? 0);
        expected[turn]?.add(prefix + bytes.toString("latin1"));
        sockets[turn]?.send(bytes);
      }
      // After the sending, which may take longer than the patience.
      lost = setTimeout(() => resolve(undefined), patience);
    };
    for (const [turn, socket] of sockets.entries()) {
      socket.on("message", (bytes) => {
        if (expected[turn]?.delete(bytes.toString("latin1"))) answered++;
        else strange++;
        fill();
      });
      socket.on("error", (failure: NodeJS.ErrnoException) => resolve(failure.code ?? failure.message));
    }
    fill();
  });
  clearTimeout(lost);
  for (const socket of sockets) socket.close();
  return { answered, strange, ...(error !== undefined && { error }) };
}

const result = await perform(JSON.parse(process.argv[2] ?? ""));
process.stdout.write(JSON.stringify(result));
