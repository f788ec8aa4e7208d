import { Connection } from "./connection";

/** Connections in the order of their coming, linked through themselves. Each is in one list. */
export class ConnectionList {
  first: Connection | null = null;
  private last: Connection | null = null;

  push(connection: Connection): void {
    const last = this.last;
    connection.before = last;
    connection.behind = null;
    if (last) last.behind = connection;
    else this.first = connection;
    this.last = connection;
  }

  remove(connection: Connection): void {
    const before = connection.before;
    const behind = connection.behind;
    if (before) before.behind = behind;
    else this.first = behind;
    if (behind) behind.before = before;
    else this.last = before;
  }
}
