import { BlockDevice, exit, log, OK, randomU32, resultName } from "fata";
import { checkState, STATE_SIZE, scoreOf, writeState } from "./lottery";

/** Exit status when the disk or the slot cannot be. */
const BAD_SLOT: i32 = 5;
/** Exit status when the disk cannot be read or written, or holds something else. */
const BAD_STATE: i32 = 6;

/** A game whose high scores are kept on a disk, one in each sector. */
export class Main {
  private sector: Uint8Array;

  constructor(
    private disk: BlockDevice,
    private slot: i32,
    private reset: bool,
    private resetAll: bool,
  ) {
    this.sector = new Uint8Array(disk.blockSize);
  }

  start(): void {
    const disk = this.disk;
    if (disk.blockSize < STATE_SIZE) {
      log.error(`Sector size ${disk.blockSize} is too short for storing lottery data!`);
      exit(BAD_SLOT);
    }
    if (this.slot < 0 || <u64>this.slot >= disk.sectors) {
      log.error(`Invalid sector ${this.slot}`);
      exit(BAD_SLOT);
    }
    if (this.resetAll) {
      for (let slot: u64 = 0; slot < disk.sectors; slot++) this.save(slot, 0);
      this.flush();
      log.info(`All ${disk.sectors} game slots reset.`);
    } else if (this.reset) {
      this.save(this.slot, 0);
      this.flush();
      log.info(`Reset game slot ${this.slot}.`);
    } else {
      this.play();
    }
  }

  private play(): void {
    const best = this.load();
    const draw = randomU32();
    if (draw == best) log.info(`TIE! You tied with the high score ${best}`);
    else if (draw > best) log.info(`YOU WON! You beat the old high score ${best} with ${draw}!`);
    else log.info(`YOU LOST! With ${draw} you didn't beat the high score ${best}`);
    log.info("Saving new game state...");
    this.save(this.slot, max(draw, best));
    this.flush();
    log.info("Done!");
    log.info("Thank you for playing! Exiting...");
  }

  /** The high score of the slot. */
  private load(): u32 {
    const sector = this.sector;
    const result = this.disk.read(<u64>this.slot * this.disk.blockSize, sector);
    if (result != OK) this.fail(`Error reading: ${resultName(result)}`);
    const wrong = checkState(sector);
    if (wrong !== null) this.fail(`Error reading state: ${wrong}`);
    return scoreOf(sector);
  }

  private save(slot: u64, score: u32): void {
    writeState(this.sector, score);
    this.check(this.disk.write(slot * this.disk.blockSize, this.sector));
  }

  /** A score that was shown should not be lost with the next power cut. */
  private flush(): void {
    this.check(this.disk.flush());
  }

  private check(result: i32): void {
    if (result != OK) this.fail(`Error writing new state: ${resultName(result)}`);
  }

  private fail(message: string): void {
    log.error(message);
    exit(BAD_STATE);
  }
}
