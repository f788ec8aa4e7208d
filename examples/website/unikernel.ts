import { AccessLog, HttpServer, KvRo, log, OK, resultName, Stack, StaticFiles } from "fata";
import { keys } from "fata/keys";

/** Serves the files of a folder. */
export class Main {
  constructor(
    private data: KvRo,
    private net: Stack,
  ) {}

  start(): void {
    const server = new HttpServer(new StaticFiles(this.data)).use(new AccessLog());
    log.info(`Serving HTTP on port ${keys.http}`);
    const result = server.serve(this.net, keys.http);
    if (result != OK) log.error("Cannot listen: " + resultName(result));
  }
}
