export class Main {
  start(): void {}
}
