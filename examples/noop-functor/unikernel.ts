/** Something to do, as the functor needs it. */
abstract class Action {
  abstract act(): void;
}

/** Does nothing. */
class Nothing extends Action {
  act(): void {}
}

/** A functor: a unikernel for any action. It is compiled for the one that it is applied to. */
class Unikernel<A extends Action> {
  constructor(private action: A) {}

  start(): void {
    this.action.act();
  }
}

/** The functor applied. */
export class Main extends Unikernel<Nothing> {
  constructor() {
    super(new Nothing());
  }
}
