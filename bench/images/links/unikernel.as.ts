import { consoleWrite } from "fata";
import { Link } from "./links.as";

/** Prints how many devices there are. */
export class Main {
  constructor(private link: Link) {}

  start(): void {
    consoleWrite(this.link.length().toString() + "\n");
  }
}
