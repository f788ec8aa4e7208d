/** A server for the programs of Linux. */
import { HttpServer, log, OK, resultName, Stack } from "fata";
import { Paths } from "./paths.as";

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const server = new HttpServer(new Paths());
    log.info("Serving HTTP");
    const result = server.serve(this.net, 80);
    if (result != OK) log.error(resultName(result));
  }
}
