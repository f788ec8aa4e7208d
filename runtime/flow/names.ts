/** Connections to hosts by name: the interface for protocols that do not care who knows the names. */
import { OK } from "../base/result";
import { Flow } from "./stream";

export abstract class Names {
  /** Why `connect` gave null last. */
  error: i32 = OK;

  /**
   * Opens a connection to a host.
   * @param name its name, or its address as text; @param port 1 to 65535; @param ms milliseconds after which to give up
   * @returns null, with the reason in `error`: E_NOT_FOUND, E_INVALID (the text is no name), or as Transport.connect
   */
  abstract connect(name: string, port: u32, ms: u64): Flow | null;
}
