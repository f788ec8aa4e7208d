import { HttpServer, KvRo, OK, panic, resultName, StaticFiles, Transport } from "fata";

/** A website: the files of a folder. */
export class Main {
  constructor(
    private data: KvRo,
    private net: Transport,
  ) {}

  start(): void {
    const result = new HttpServer(new StaticFiles(this.data)).serve(this.net, 80);
    if (result != OK) panic(`port 80: ${resultName(result)}`);
  }
}
