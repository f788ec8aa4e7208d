export abstract class Link {
  abstract length(): i32;
}

export class End extends Link {
  length(): i32 {
    return 1;
  }
}

export class More extends Link {
  constructor(private next: Link) {
    super();
  }

  length(): i32 {
    return this.next.length() + 1;
  }
}
