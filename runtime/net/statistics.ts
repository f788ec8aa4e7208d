/**
 * The counters of all layers, one line of the log for each, when the tender is sent SIGUSR1:
 *
 *     2026-11-21T07:35:00Z: [INFO] [statistics] udp: udpInDatagrams=12 udpOutDatagrams=12
 *
 * What is zero is left out. The layers tell their counters to a report; an image in which nobody asks for one has nothing
 * of all this in it.
 */
import { addEventHandler, EventHandler } from "../sched/source";
import { EVENT_USER } from "../sys/events";
import { Ethernet } from "./ethernet";
import { Report } from "./report";

class StatisticsLog extends EventHandler {
  constructor(private ethernet: Ethernet) {
    super();
  }

  event(kind: i32): void {
    if (kind != EVENT_USER) return;
    const report = new Report();
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
