/** What layers tell their counters to: it logs one line for each layer that has counted something. */
import { LogSource } from "../sys/log";

export class Report {
  private log: LogSource = new LogSource("statistics");
  private name: string = "";
  private counters: string = "";

  /** Begins the line of a layer. */
  layer(name: string): void {
    this.end();
    this.name = name;
  }

  /** Adds a counter, unless it is zero. */
  add(name: string, value: u64): void {
    if (value != 0) this.counters += " " + name + "=" + value.toString();
  }

  /** Ends the last line. */
  end(): void {
    if (this.counters.length) this.log.info(this.name + ":" + this.counters);
    this.counters = "";
  }
}
