import { exit, KvRo, log, resultName } from "fata";

const OUR_SECRET = "foo\n";

/** Compares what a key-value store holds with what it should. */
export class Main {
  constructor(private data: KvRo) {}

  start(): void {
    const secret = this.data.getText("secret");
    if (secret === null) {
      log.error(`Could not compare the secret against a known constant: ${resultName(this.data.error)}`);
      exit(1);
    } else if (secret == OUR_SECRET) {
      log.info("Contents of extremely secret vital storage confirmed!");
    } else {
      log.warning("The secret provided does not match the one we expected.");
      exit(1);
    }
  }
}
