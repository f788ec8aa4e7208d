/** Installing a deployment on this machine, and what is to be typed to install it on another. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ProjectError, UsageError } from "../errors.ts";
import { hostArchitecture } from "../native/architecture.ts";
import { shown } from "../output.ts";
import { packageRoot } from "../package.ts";
import type { Deployment } from "./deployment.ts";
import type { PlannedFile } from "./files.ts";
import { bridgeFiles, tapFiles } from "./network.ts";
import { imagePath, isHostDisk, serviceText, userText } from "./service.ts";

/** The units and the image. @param map the image's source map, if there is one */
export function deploymentFiles(deployment: Deployment, map: Uint8Array | undefined): PlannedFile[] {
  const { name, user, image, tender } = deployment;
  const text = (path: string, content: string) => ({ path, content, mode: 0o644 });
  const files: PlannedFile[] = [
    text(`/etc/sysusers.d/${user}.conf`, userText(deployment)),
    ...tapFiles(deployment),
    ...bridgeFiles(deployment),
    text(`/etc/systemd/system/${name}.service`, serviceText(deployment)),
    { path: imagePath(name), content: image.bytes, mode: 0o644 },
  ];
  // Native code has the functions' names in it.
  if (map && tender.kind !== "native") files.push({ path: `${imagePath(name)}.map`, content: map, mode: 0o644 });
  return files;
}

/**
 * Looks at this machine before anything is written to it.
 * @returns the files to write: a bridge that is there keeps what it has, unless it is given an address
 * @throws UsageError where the service could not be started
 */
export function forThisMachine(deployment: Deployment, files: readonly PlannedFile[]): PlannedFile[] {
  if (process.geteuid?.() !== 0) throw new UsageError("--install writes to /etc: type it as root, with sudo");
  const { bridge, tender } = deployment;
  const kept = bridge && bridge.address === undefined && existsSync(`/sys/class/net/${bridge.name}`);
  const left = kept ? bridgeFiles(deployment).map(({ path }) => path) : [];
  const list = files.filter(({ path }) => !left.includes(path));
  if (tender.kind === "native") list.push(nativeTender(tender.command[0], deployment));
  else for (const path of tender.command) checkReadable(path);
  return list;
}

/** The static tender for this processor, which `npm run build:native` has built. */
function nativeTender(path: string, { image }: Deployment): PlannedFile {
  const processor = hostArchitecture?.name ?? process.arch;
  if (!image.native.some(({ name }) => name === processor))
    throw new UsageError(
      `the image has no native code for this machine's ${processor}; build it with: fata build DIR --native=${processor}`,
    );
  const built = join(packageRoot, "build/native", processor, "tender");
  if (!existsSync(built))
    throw new UsageError("the native tender is not built; build it: npm run build:native, or name one: --tender=PATH");
  return { path, content: readFileSync(built), mode: 0o755 };
}

/** The service's user is a stranger to other users' files. */
function checkReadable(path: string): void {
  if (!existsSync(path)) throw new UsageError(`there is no ${path}; name the tender: --tender=PATH`);
  if ((statSync(path).mode & 0o004) === 0)
    throw new UsageError(`${path} is closed to the service's user; open it: chmod o+r ${path}`);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0)
      throw new UsageError(
        `${folder} is closed to the service's user, who has to read ${path}; open it: chmod o+x ${folder}, ` +
          "or give the image native code, which needs no Node: fata build DIR --native",
      );
    if (folder === "/") return;
  }
}

/** What makes systemd read the files, in order. */
function reloadCommands({ user, networks }: Deployment): string[][] {
  return [
    ["systemd-sysusers", `/etc/sysusers.d/${user}.conf`],
    // Not `enable`: that brings a service that waits for networkd's links, in vain where other programs serve the others.
    ...(networks.length > 0
      ? [
          ["systemctl", "add-wants", "multi-user.target", "systemd-networkd.service"],
          ["systemctl", "start", "systemd-networkd.service"],
          ["networkctl", "reload"],
        ]
      : []),
    ["systemctl", "daemon-reload"],
  ];
}

/**
 * Has systemd read what was installed.
 * @returns what is left to type
 * @throws ProjectError when one of its commands fails
 */
export function reload(deployment: Deployment): string[] {
  const commands = reloadCommands(deployment);
  // As sd_booted(3): systemd is what runs here, and not only installed.
  if (!existsSync("/run/systemd/system")) return [...commands.map(spell), ...startCommands(deployment)];
  for (const [program = "", ...args] of commands) {
    try {
      execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
    } catch {
      throw new ProjectError(`the files are written, but this failed: ${spell([program, ...args])}`);
    }
  }
  return startCommands(deployment);
}

/**
 * What is to be typed as root on a machine that was given the folder.
 * @param folder as it is to be typed
 */
export function commandsElsewhere(deployment: Deployment, folder: string): string[] {
  const { tender } = deployment;
  const built = `${shown(join(packageRoot, "build/native"))}/$(uname -m)/tender`;
  return [
    `cp -r ${folder}/. /`,
    ...(tender.kind === "native" ? [`install -D ${built} ${tender.command[0]}`] : []),
    ...reloadCommands(deployment).map(spell),
    ...startCommands(deployment),
  ];
}

function startCommands({ name, user, disks }: Deployment): string[] {
  const files = disks.filter(({ path }) => !isHostDisk(path)).map(({ path }) => `"${path.replace(/[$`]/g, "\\$&")}"`);
  return [
    ...(files.length > 0 ? [`chown ${user}: ${files.join(" ")}`] : []),
    `systemctl enable --now ${name}.service`,
    `journalctl --follow --unit ${name}.service`,
  ];
}

function spell(command: readonly string[]): string {
  return command.join(" ");
}
