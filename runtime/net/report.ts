/** What layers tell their counters to: it logs one line for each layer. */
import { LogSource } from "../sys/log";

export class Report {
  private log: LogSource = new LogSource("statistics");
  private line: string = "";

  /** Begins the line of a layer. */
  layer(name: string): void {
    this.end();
    this.line = name + ":";
  }

  /** Adds a counter, unless it is zero. */
  add(name: string, value: u64): void {
    if (value != 0) this.line += " " + name + "=" + value.toString();
  }

  /** Ends the last line. */
  end(): void {
    if (this.line.length) this.log.info(this.line);
    this.line = "";
  }
}
