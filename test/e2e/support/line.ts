/**
 * A bad line (peers/line.c) from a host with a tender to another host:
 *
 *     tender -- tap0 | host, which routes | left -- line -- right | far host
 *     10.0.0.2       10.0.0.1      10.0.1.1                  10.0.1.2
 */
import type { TestContext } from "node:test";
import { peer } from "./builds.ts";
import { Host } from "./host.ts";
import type { Program } from "./program.ts";

export const GUEST = "10.0.0.2";
const FAR = "10.0.1.2";
/** A tender's arguments after the image. */
export const GUEST_ARGUMENTS = [`--ipv4=${GUEST}/24`, "--ipv4-gateway=10.0.0.1"];

/** What the line did to the frames of one direction: those that arrived, their octets, and the others. */
export interface Passage {
  readonly frames: number;
  readonly bytes: number;
  readonly lost: number;
  readonly overflowed: number;
  readonly reordered: number;
  readonly duplicated: number;
  readonly corrupted: number;
  readonly oversized: number;
}

export class Line {
  private constructor(
    readonly near: Host,
    readonly far: Host,
    private readonly program: Program,
  ) {}

  /** @param options of the line: rightward is from the tender to the far host */
  static async make(t: TestContext, ...options: string[]): Promise<Line> {
    const near = await Host.withTap(t, "10.0.0.1/24");
    const far = await Host.make(t);
    const program = near.start(await peer("line"), ["left", "right", ...options]);
    await program.printed("ready");
    await near.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
    await near.run("ip", "address", "add", "10.0.1.1/24", "dev", "left");
    await near.run("ip", "link", "set", "dev", "left", "up");
    await near.give("right", far, `${FAR}/24`);
    await far.run("ip", "route", "add", "10.0.0.0/24", "via", "10.0.1.1");
    // Neighbours are asked for by frames that may be lost, and asked again after a second.
    await near.run("ping", "-c", "20", "-i", "0.05", "-w", "20", FAR).catch(() => undefined);
    return new Line(near, far, program);
  }

  /** Ends the line. @returns what it did in each direction */
  async end(): Promise<{ readonly rightward: Passage; readonly leftward: Passage }> {
    this.program.kill("SIGTERM");
    const output = await this.program.endedWith(0);
    return JSON.parse(output.slice(output.lastIndexOf("\n", output.length - 2) + 1));
  }
}
