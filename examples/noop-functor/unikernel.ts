import { Action } from "./action";

/** A functor: a unikernel for any device of that kind. It is compiled for the one that config.ts applies it to. */
export class Main<A extends Action> {
  constructor(private action: A) {}

  start(): void {
    this.action.act();
  }
}
