/** `fata pack`: what it makes is read by others, and the same for the same files. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fata, fataWith, makeProject } from "./project.ts";

const long = `${"a long name ".repeat(8)}ä€😀.html`;
const files = {
  "f/secret": "foo\n",
  "f/empty": "",
  [`f/Folder.With.Dots/${long}`]: "long",
  "f/Folder.With.Dots/deep/er/x.y": "deep",
  "f/README.TXT": "short",
};
const environment = { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC" };
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: "utf8", env: environment, stdio: ["ignore", "pipe", "pipe"] });
const sum = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Packs a folder. */
function pack(directory: string, format: string, name = `disk.${format}`): string {
  const target = join(directory, name);
  const { status, stderr } = fata(".", "pack", format, join(directory, "f"), "-o", target, "--quiet");
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  assert.equal(statSync(target).size % 4096, 0, "whole blocks");
  return target;
}

describe("fata pack tar", () => {
  test("GNU tar reads it", () => {
    const directory = makeProject(files);
    const archive = pack(directory, "tar");
    const out = join(directory, "out");
    mkdirSync(out);
    run("tar", "-xf", archive, "-C", out);
    assert.equal(run("diff", "-r", join(directory, "f"), out), "");
    assert.match(run("tar", "--full-time", "-tvf", archive), /0\/0 +4 1970-01-01 00:00:00 \.\/secret/);
  });
});

describe("fata pack fat", () => {
  test("fsck.vfat finds nothing wrong, and mtools reads it", () => {
    const directory = makeProject(files);
    const volume = pack(directory, "fat");
    run("/usr/sbin/fsck.vfat", "-n", volume);
    assert.equal(run("mtype", "-i", volume, "::secret"), "foo\n");
    assert.equal(run("mtype", "-i", volume, "::folder.with.dots/deep/er/x.y"), "deep");
    const listing = run("mdir", "-i", volume, "::");
    assert.match(listing, /^README {3}TXT {9}5 1980-01-01/m);
    assert.match(listing, /^FOLDER~1 DOT <DIR> .* Folder\.With\.Dots/m);
  });

  for (const [kind, size, count] of [
    ["FAT12", 3 << 20, 3],
    ["FAT16", 40 << 20, 1],
    ["FAT16", 200 << 20, 1],
    ["FAT32", 1200 << 20, 1],
  ] as const)
    test(`${kind} of ${size >> 20} MiB`, () => {
      const directory = makeProject({ "f/folder/x": "y" });
      for (let i = 0; i < count; i++) {
        writeFileSync(join(directory, `f/file ${i}`), "begin");
        truncateSync(join(directory, `f/file ${i}`), size / count);
      }
      const volume = pack(directory, "fat");
      assert.match(run("/usr/sbin/fsck.vfat", "-n", "-v", volume), new RegExp(`${kind.slice(3)} bit entries`));
      assert.equal(run("mtype", "-i", volume, "::folder/x"), "y");
      assert.equal(run("sh", "-c", `mtype -i ${volume} '::file 0' | head -c 5`), "begin");
      rmSync(directory, { recursive: true });
    });

  test("many files in one folder, whose short names are alike", () => {
    const many = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`f/a picture ${i}.jpeg`, String(i)]));
    const volume = pack(makeProject(many), "fat");
    run("/usr/sbin/fsck.vfat", "-n", volume);
    assert.equal(run("mtype", "-i", volume, "::a picture 1199.jpeg"), "1199");
    assert.equal(run("mdir", "-b", "-i", volume, "::").trim().split("\n").length, 1200);
  });
});

for (const format of ["tar", "fat"])
  describe(`fata pack ${format}`, () => {
    test("makes the same of the same files, whenever and wherever", () => {
      const [one, other] = [makeProject(files), makeProject(Object.fromEntries(Object.entries(files).reverse()))];
      utimesSync(join(other, "f/secret"), 5, 5);
      assert.equal(sum(pack(one, format)), sum(pack(other, format)));
      const dated = (seconds: string) => {
        const target = join(one, `dated-${seconds}`);
        const words = ["pack", format, join(one, "f"), "-o", target, "--quiet"];
        const { status } = fataWith({ SOURCE_DATE_EPOCH: seconds }, ".", ...words);
        assert.equal(status, 0);
        return sum(target);
      };
      assert.notEqual(dated("1767225600"), sum(join(one, `disk.${format}`)));
      assert.equal(dated("1767225600"), dated("1767225600"));
    });

    test("an empty folder", () => {
      const directory = makeProject({ "f/x": "" });
      rmSync(join(directory, "f/x"));
      const target = pack(directory, format);
      if (format === "fat") run("/usr/sbin/fsck.vfat", "-n", target);
      else assert.equal(run("tar", "-tf", target), "");
    });

    test("tells what cannot be packed, and leaves nothing behind", () => {
      const refused = (prepare: (folder: string) => void, message: RegExp, status = 65): void => {
        const directory = makeProject({ "f/x": "" });
        prepare(join(directory, "f"));
        const target = join(directory, "disk");
        const outcome = fata(".", "pack", format, join(directory, "f"), "-o", target);
        assert.equal(outcome.status, status);
        assert.match(outcome.stderr, message);
        assert.equal(run("ls", "-A", directory), "f\n");
      };
      refused((folder) => symlinkSync("x", join(folder, "link")), /cannot pack .*f\/link: it is a symbolic link; put/);
      refused((folder) => run("mkfifo", join(folder, "pipe")), /cannot pack .*pipe: it is neither a file nor a folder/);
      refused((folder) => run("sh", "-c", `touch ${folder}/$(printf '\\377')`), /its name is not UTF-8/);
      if (format === "tar") return;
      const name = (text: string) => (folder: string) => writeFileSync(join(folder, text), "");
      refused(name("a:b"), /FAT has no names with ":"; a tar archive can have it/);
      refused(name("a\tb"), /FAT has no names with "\\t"/);
      refused(name("dot."), /FAT has no names that end in a dot or a blank/);
      refused(name("X"), /FAT does not tell its name from that of .*f\/X|f\/x: FAT does not tell/);
      refused((folder) => {
        for (let i = 0; i < 3200; i++) writeFileSync(join(folder, `${"y".repeat(246)}${i}`), "");
      }, /more names than a folder of FAT has room for; pack as tar/);
      refused((folder) => truncateSync(join(folder, "x"), 2 ** 32), /FAT has no files of 4 GiB/);
    });

    test("tells where it cannot go", () => {
      const directory = makeProject({ "f/x": "", "other/y": "" });
      const refused = (words: string[], message: RegExp): void => {
        const outcome = fata(".", "pack", format, ...words);
        assert.equal(outcome.status, 64, outcome.stderr);
        assert.match(outcome.stderr, message);
      };
      const folder = join(directory, "f");
      refused([folder, "-o", join(folder, "disk")], /it lies in the folder that is packed/);
      refused([folder, "-o", join(directory, "other")], /it is there and is no file/);
      refused([folder, "-o", "/dev/null"], /it is there and is no file; pack into a file, and copy it with dd/);
      refused([folder, "-o", join(directory, "no/disk")], /there is no folder/);
      refused([join(directory, "no"), "-o", join(directory, "disk")], /there is no folder .*no; name the one to pack/);
      refused([folder], /expected where it goes: -o FILE/);
      refused([], /expected a format and a folder: fata pack tar DIR -o FILE/);
    });
  });

test("fata pack names the formats there are", () => {
  const { status, stderr } = fata(".", "pack", "zip", ".", "-o", "x");
  assert.equal(status, 64);
  assert.match(stderr, /zip.*tar.*fat/s);
});
