/**
 * Compiles images for all tests of a run (compiler/pipeline/remote.ts), and the same image once only. What is the same
 * is decided by content: the request, and each file that asc read for it or looked for in vain. The library OS is read
 * once, at the beginning: a run of tests is about one state of it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { packageRoot } from "../../compiler/package.ts";
import type { RemoteMessage, RemoteRequest, RemoteResult } from "../../compiler/pipeline/remote.ts";
import { hashOf, type Read, type WorkerMessage } from "./messages.ts";

/** asc and Binaryen give little of their memory back: a worker is replaced after so many images. */
const IMAGES_OF_A_WORKER = 40;

type Tell = (message: RemoteMessage) => void;

interface Made {
  readonly reads: readonly Read[];
  readonly result: RemoteResult;
}

/** A process that compiles, one image at a time. */
class Worker {
  private child: ChildProcess | undefined;
  private images = 0;

  /** @returns undefined when the process ended before */
  async compile(request: RemoteRequest, tell: Tell): Promise<Made | undefined> {
    this.child ??= fork(path.join(import.meta.dirname, "worker.js"));
    const { child } = this;
    child.send(request);
    const made = await new Promise<Made | undefined>((resolve) => {
      child.on("message", (message: WorkerMessage) => {
        if ("stage" in message) tell(message);
        else resolve(message);
      });
      child.once("exit", () => resolve(undefined));
    });
    child.removeAllListeners();
    if (made === undefined || ++this.images === IMAGES_OF_A_WORKER) this.end();
    return made;
  }

  end(): void {
    this.child?.kill();
    this.child = undefined;
    this.images = 0;
  }
}

export class CompilerServer {
  private readonly folder = mkdtempSync(path.join(tmpdir(), "fata-compiler-"));
  private readonly server = createServer((socket) => this.serve(socket));
  private readonly made = new Map<string, Made[]>();
  /** Requests that are being worked on: the same ones wait for them. */
  private readonly pending = new Map<string, Promise<unknown>>();
  private readonly workers: Worker[];
  private readonly idle: Worker[];
  private waiting: ((worker: Worker) => void)[] = [];

  /** Where it listens. */
  readonly path = path.join(this.folder, "socket");

  /** @param workers how many images are compiled at once */
  constructor(workers: number) {
    this.workers = Array.from({ length: workers }, () => new Worker());
    this.idle = [...this.workers];
  }

  async start(): Promise<this> {
    this.server.listen(this.path);
    await once(this.server, "listening");
    return this;
  }

  end(): void {
    this.server.close();
    for (const worker of this.workers) worker.end();
    rmSync(this.folder, { recursive: true });
  }

  private serve(socket: Socket): void {
    const tell: Tell = (message) => socket.write(`${JSON.stringify(message)}\n`);
    const lines = createInterface({ input: socket });
    lines.on("error", () => {}); // a client that was ended
    lines.once("line", async (line) => {
      const request = JSON.parse(line) as RemoteRequest;
      const result = request.package === packageRoot ? await this.compile(request, tell) : undefined;
      if (result) tell(result);
      socket.end();
    });
  }

  private async compile(request: RemoteRequest, tell: Tell): Promise<RemoteResult | undefined> {
    const { directory, ...rest } = request;
    const key = createHash("sha256").update(JSON.stringify(rest)).digest("hex");
    while (this.pending.has(key)) await this.pending.get(key);
    const known = this.made.get(key) ?? [];
    const same = known.find(({ reads }) => reads.every((read) => isSame(directory, read)));
    if (same) {
      for (const stage of ["compiling", "optimising"]) tell({ stage });
      return same.result;
    }
    const making = this.withWorker((worker) => worker.compile(request, tell));
    this.pending.set(key, making);
    const made = await making;
    this.pending.delete(key);
    // Diagnostics are not kept: a mistake is rarely made twice, and its message may tell of more than was read.
    if (made && "wasm" in made.result) this.made.set(key, [...known, made]);
    return made?.result;
  }

  private async withWorker<T>(use: (worker: Worker) => Promise<T>): Promise<T> {
    const worker = this.idle.pop() ?? (await new Promise<Worker>((resolve) => this.waiting.push(resolve)));
    try {
      return await use(worker);
    } finally {
      const next = this.waiting.shift();
      if (next) next(worker);
      else this.idle.push(worker);
    }
  }
}

function isSame(directory: string, [file, hash]: Read): boolean {
  let text: string;
  try {
    text = readFileSync(path.join(directory, file), "utf8");
  } catch {
    return hash === null;
  }
  return hash === hashOf(text);
}
