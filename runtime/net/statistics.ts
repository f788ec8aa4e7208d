/**
 * The counters of all layers, one line of the log for each, when the tender is sent SIGUSR1:
 *
 *     2026-11-21T07:35:00Z: [INFO] [statistics] udp: udpInDatagrams=12 udpOutDatagrams=12
 *
 * What is zero is left out. The layers tell their counters to a report; an image in which nobody asks for one has nothing
 * of all this in it.
 */

import { Report } from "../flow/report";
import { addEventHandler, EventHandler } from "../sched/source";
import { EVENT_USER } from "../sys/events";
import { LogSource } from "../sys/log";
import { Ethernet } from "./ethernet";

/** Logs one line for each layer that has counted something. */
class LogReport extends Report {
  private log: LogSource = new LogSource("statistics");
  private name: string = "";
  private counters: string = "";

  layer(name: string): void {
    this.end();
    this.name = name;
  }

  add(name: string, value: u64): void {
    if (value != 0) this.counters += " " + name + "=" + value.toString();
  }

  /** Ends the last line. */
  end(): void {
    if (this.counters.length) this.log.info(this.name + ":" + this.counters);
    this.counters = "";
  }
}

class StatisticsLog extends EventHandler {
  constructor(private ethernet: Ethernet) {
    super();
  }

  event(kind: i32): void {
    if (kind != EVENT_USER) return;
    const report = new LogReport();
    this.ethernet.report(report);
    report.end();
  }
}

/**
 * Has the counters of a stack logged on each SIGUSR1.
 * @param ethernet its lowest layer, `stack.ethernet`
 */
export function logStatistics(ethernet: Ethernet): void {
  addEventHandler(new StatisticsLog(ethernet));
}
