import { Action } from "./action";

/** A device that does nothing. */
export class Nothing extends Action {
  act(): void {}
}
