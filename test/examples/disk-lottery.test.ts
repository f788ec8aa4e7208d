import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { BLOCK_OP_WRITE, E_IO } from "../../runtime/abi/tender.ts";
import { Example, withoutTimes } from "./example.ts";

const lottery = await Example.build("disk-lottery");
const disk = join(lottery.folder, "games.img");
const SECTOR = 512;

/** The sector of a game. */
function state(score: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.write("LOTO");
  sector.writeUInt32BE(score, 4);
  sector.writeUInt32BE(crc32(sector.subarray(0, 8)), 8);
  return sector;
}

function play(...words: string[]) {
  const { status, stdout } = lottery.run([`--disk=${disk}`], words);
  return { status, log: withoutTimes(stdout), games: readFileSync(disk) };
}

/** A game with numbers that are known. @returns its log and the slot afterwards */
function draw(before: number, seed: number) {
  const games = new Uint8Array(state(before));
  const tender = lottery.simulateWith({ seed });
  tender.block("storage", { disk: games });
  tender.start().settle();
  assert.equal(tender.status, 0);
  return { log: withoutTimes(`${tender.lines.join("\n")}\n`), score: Buffer.from(games).readUInt32BE(4) };
}

const rest = ["Saving new game state...", "Done!", "Thank you for playing! Exiting..."].map(
  (line) => `[INFO] [application] ${line}`,
);

describe("examples/disk-lottery", () => {
  test("is small", () => lottery.checkSize());

  test("wants a disk that was made for it", () => {
    writeFileSync(disk, Buffer.alloc(8 * SECTOR));
    const { status, log } = play();
    assert.equal(status, 6);
    assert.deepEqual(log, ["[ERROR] [application] Error reading state: bad magic; is this lottery data?"]);
    const wrong = Buffer.concat([state(1), state(2)]);
    wrong[5] = 7;
    writeFileSync(disk, wrong);
    assert.deepEqual(play().log, ["[ERROR] [application] Error reading state: bad checksum; possible data corruption"]);
  });

  test("resets one game or all, byte by byte", () => {
    writeFileSync(disk, Buffer.alloc(8 * SECTOR, 1));
    const one = play("--reset", "--slot=4");
    assert.deepEqual([one.status, one.log], [0, ["[INFO] [application] Reset game slot 4."]]);
    const expected = Buffer.alloc(8 * SECTOR, 1);
    state(0).copy(expected, 4 * SECTOR);
    assert.ok(one.games.equals(expected));
    const all = play("--reset-all");
    assert.deepEqual([all.status, all.log], [0, ["[INFO] [application] All 8 game slots reset."]]);
    assert.ok(all.games.equals(Buffer.concat(Array.from({ length: 8 }, () => state(0)))));
  });

  test("keeps the highest score of each slot", () => {
    writeFileSync(disk, Buffer.concat([state(0), state(0)]));
    let best = 0;
    for (let i = 0; i < 3; i++) {
      const { status, log, games } = play("--slot=1");
      assert.equal(status, 0);
      const [, won, lost] = /with (\d+)!$|^.*With (\d+) /i.exec(log[0] ?? "") ?? [];
      best = Math.max(best, Number(won ?? lost));
      assert.deepEqual(log.slice(1), rest);
      assert.ok(games.equals(Buffer.concat([state(0), state(best)])));
    }
    assert.ok(best > 0);
  });

  test("tells whether the game was won, tied or lost", () => {
    const { log, score } = draw(0, 1);
    assert.deepEqual(log, [`[INFO] [application] YOU WON! You beat the old high score 0 with ${score}!`, ...rest]);
    assert.deepEqual(draw(score, 1), {
      log: [`[INFO] [application] TIE! You tied with the high score ${score}`, ...rest],
      score,
    });
    const best = 0xffffffff;
    assert.deepEqual(draw(best, 1), {
      log: [`[INFO] [application] YOU LOST! With ${score} you didn't beat the high score ${best}`, ...rest],
      score: best,
    });
  });

  test("refuses slots that the disk does not have", () => {
    writeFileSync(disk, Buffer.concat([state(0), state(0)]));
    for (const slot of [2, -1]) {
      const { status, log } = play(`--slot=${slot}`);
      assert.deepEqual([status, log], [5, [`[ERROR] [application] Invalid sector ${slot}`]]);
    }
  });

  test("tells of a disk that fails", () => {
    const tender = lottery.simulate();
    const block = tender.block("storage", { disk: new Uint8Array(state(0)) });
    block.fault = ({ operation }) => (operation === BLOCK_OP_WRITE ? E_IO : undefined);
    tender.start().settle();
    assert.equal(tender.status, 6);
    assert.match(tender.lines.at(-1) ?? "", /\[ERROR\] \[application\] Error writing new state: E_IO$/);
  });
});
