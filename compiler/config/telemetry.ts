/** What tells others how an image is: jobs that run beside any other. */
import type { Site } from "../errors.ts";
import { Device, expectKind, groupPrefix, type Job, type Recipe } from "./device.ts";
import { Key } from "./key.ts";
import { callSite } from "./site.ts";

export interface TelemetryOptions {
  /** Goes before the name of its key, as that of a stack. */
  readonly group?: string;
}

/**
 * A job that serves the metrics of a stack, of the image and of the application to Prometheus, as `/metrics` on a port of its
 * own. It brings the key `metrics-port`.
 */
export function metrics(net: Device<"stack">, options: TelemetryOptions = {}): Job {
  const site = callSite();
  expectKind("metrics", "its stack", "stack", net, site);
  const port = new Key({
    name: `${groupPrefix("metrics", options.group, site)}metrics-port`,
    type: "i32",
    default: "9100",
    doc: "TCP port on which /metrics is served.",
    site,
  });
  return job("Metrics", net, { name: "port", value: port }, site);
}

/**
 * A job that sends the log by syslog, besides the console. It brings the key `syslog`, an address with or without a port;
 * without it, nothing is sent.
 */
export function syslog(net: Device<"stack">, options: TelemetryOptions = {}): Job {
  const site = callSite();
  expectKind("syslog", "its stack", "stack", net, site);
  const to = new Key({
    name: `${groupPrefix("syslog", options.group, site)}syslog`,
    type: "string",
    default: "",
    doc: "Where the log is sent to, ADDRESS or ADDRESS:PORT; nowhere when empty.",
    site,
  });
  return job("Syslog", net, { name: "to", value: to }, site);
}

function job(
  className: string,
  net: Device<"stack">,
  parameter: Recipe["parameters"][number],
  site: Site | undefined,
): Job {
  const parameters = [{ name: "net", value: net }, parameter];
  return new Device("job", { name: className.toLowerCase(), className, parameters }, site);
}
