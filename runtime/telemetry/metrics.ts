/** What /metrics answers, and a server that has nothing else. */
import { OK, resultName } from "../base/result";
import { Context } from "../http/context";
import { Handler } from "../http/handler";
import { Router } from "../http/router";
import { HttpServer } from "../http/server";
import { imageName, imageVersion } from "../image";
import { Stack } from "../net/stack";
import { bytesFree, bytesInUse } from "../sched/collect";
import { Fiber, fibersAlive } from "../sched/fiber";
import { now } from "../sys/clock";
import { LogSource } from "../sys/log";
import { writeCounters } from "./counters";
import { Exposition } from "./exposition";
import { writeMetrics } from "./metric";

const MILLISECOND: u64 = 1000000;
const PAGE: i64 = 65536;

/** Answers with all metrics: for a router of the application's. */
export class MetricsHandler extends Handler {
  /** @param net whose counters are told */
  constructor(private net: Stack) {
    super();
  }

  handle(c: Context): void {
    const to = new Exposition();
    to.family("fata_build_info", "gauge", "The image, as labels.");
    to.sample("fata_build_info");
    to.label("image", imageName());
    to.label("version", imageVersion());
    to.value(1);
    gauge(to, "fata_uptime_seconds", "Time since the image started.", now() / MILLISECOND, 3);
    gauge(to, "fata_memory_bytes", "The image's memory.", (memory.size() as i64) * PAGE);
    gauge(to, "fata_memory_free_bytes", "Memory that is free without growing.", bytesFree());
    gauge(to, "fata_objects_bytes", "Objects, with those that the next collection takes away.", bytesInUse());
    gauge(to, "fata_fibers", "Fibers.", fibersAlive());
    writeCounters(this.net.ethernet, to);
    writeMetrics(to);
    c.bytes(to.finish(), "text/plain; version=0.0.4; charset=utf-8");
  }
}

/** Serves /metrics on a port of its own. */
export class Metrics extends Fiber {
  /** Begins, and does not wait. @param port 1 to 65535 */
  constructor(
    private net: Stack,
    private port: i32,
  ) {
    super();
    this.spawn();
  }

  /** For main.ts, where it is one of the jobs. It does not keep the image from ending. */
  start(): void {}

  run(): void {
    const log = new LogSource("metrics");
    log.info("Metrics on port " + this.port.toString());
    const router = new Router().get("/metrics", new MetricsHandler(this.net));
    const result = new HttpServer(router).serve(this.net, this.port);
    if (result != OK) log.error("No metrics: " + resultName(result));
  }
}

function gauge(to: Exposition, name: string, help: string, value: i64, decimals: i32 = 0): void {
  to.family(name, "gauge", help);
  to.sample(name);
  to.value(value, decimals);
}
