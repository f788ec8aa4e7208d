/**
 * The counters of a stack's layers and servers as metrics: tcpActiveOpens is fata_tcp_active_opens_total, with the label
 * `device`. Each name of a counter is in no other layer.
 */

import { Report } from "../flow/report";
import { Ethernet } from "../net/ethernet";
import { Exposition } from "./exposition";

/** Writes what the layers report. */
class CounterReport extends Report {
  private device: string = "";
  private layerName: string = "";

  constructor(private to: Exposition) {
    super();
  }

  layer(name: string): void {
    // The lowest layer is the device.
    if (this.device.length == 0) this.device = name;
    this.layerName = name;
  }

  add(name: string, value: u64): void {
    const to = this.to;
    const full = "fata_" + snake(name) + "_total";
    to.family(full, "counter", name + ", counted by " + this.layerName + ".");
    to.sample(full);
    to.label("device", this.device);
    to.value(value);
  }
}

/** Writes the counters of a stack. @param ethernet its lowest layer */
export function writeCounters(ethernet: Ethernet, to: Exposition): void {
  ethernet.report(new CounterReport(to));
}

/** A name in camel case with underscores: `ipReasmOKs` is `ip_reasm_oks`. */
function snake(name: string): string {
  let text = "";
  let upper = true;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const isUpper = code >= 0x41 && code <= 0x5a;
    if (isUpper && !upper) text += "_";
    text += String.fromCharCode(isUpper ? code | 0x20 : code);
    upper = isUpper;
  }
  return text;
}
