/** The unit of the service: systemd.service(5), systemd.exec(5), systemd.resource-control(5). */
import type { Deployment } from "./deployment.ts";
import { commandWord, deviceUnit, pathWord } from "./quote.ts";
import { LIBRARY } from "./tender.ts";

/** What Node's tender holds besides the guest's memory, in MiB: 41 are resident, and V8's compiler wants more for a while. */
const NODE_MIB = 128;
/** The same of the native tender, mostly what the kernel holds for it: the frames in a tap's queue, page tables. */
const NATIVE_MIB = 16;

/** Where the image lies on the machine. */
export function imagePath(name: string): string {
  return `${LIBRARY}/${name}.wasm`;
}

/** The text of NAME.service. */
export function serviceText(deployment: Deployment): string {
  const { name, networks } = deployment;
  const devices = networks.map(({ tap }) => deviceUnit(tap));
  return [
    "# Written by: fata deploy systemd",
    "[Unit]",
    `Description=Unikernel ${name}`,
    ...devices.flatMap((unit) => [`BindsTo=${unit}`, `After=${unit}`]),
    `RequiresMountsFor=${[imagePath(name), ...diskPaths(deployment)].join(" ")}`,
    "# It is started again as often as it ends.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${commandLine(deployment)}`,
    ...restart(deployment),
    "# The tender ends a guest that has not stopped after 5 seconds.",
    "TimeoutStopSec=10",
    "StandardOutput=journal",
    "StandardError=journal",
    `SyslogIdentifier=${name}`,
    `User=${deployment.user}`,
    ...groups(deployment),
    "WorkingDirectory=/",
    "UMask=0077",
    "",
    "# What it may use",
    `MemoryMax=${memoryMax(deployment)}M`,
    `TasksMax=${usesV8(deployment) ? 64 : 8}`,
    "LimitCORE=0",
    ...fileAccess(deployment),
    ...deviceAccess(deployment),
    ...networkAccess(deployment),
    "",
    "# What it may not",
    ...LOCKED,
    ...(deployment.isolation === "kvm" ? ["MemoryDenyWriteExecute=yes"] : []),
    "",
    "[Install]",
    `WantedBy=${["multi-user.target", ...devices].join(" ")}`,
    "",
  ].join("\n");
}

/** The text of the file that makes the user. */
export function userText({ name, user }: Deployment): string {
  return [
    "# Written by: fata deploy systemd",
    `u ${user} - "Unikernel ${name}" / /usr/sbin/nologin`,
    "# The owner of /dev/kvm. It is there already where udev is.",
    "g kvm -",
    "",
  ].join("\n");
}

function commandLine({ name, tender, options, arguments: words }: Deployment): string {
  return [...tender.command, ...options, "--", imagePath(name), ...words].map(commandWord).join(" ");
}

function restart({ restart: when }: Deployment): string[] {
  if (when === "no") return ["Restart=no"];
  // A command line or an image that is wrong will be so the next time.
  return [`Restart=${when}`, "RestartSec=1", "RestartPreventExitStatus=64 65"];
}

function usesV8({ tender }: Deployment): boolean {
  return tender.kind !== "native";
}

function usesKvm({ isolation, image }: Deployment): boolean {
  return image.native.length > 0 && (isolation === "auto" || isolation === "kvm");
}

/** In MiB: the guest's memory, its page tables, the image's file and what was made of it, the tender. */
function memoryMax(deployment: Deployment): number {
  const guest = deployment.pages / 16;
  const image = (4 * deployment.image.bytes.length) / 2 ** 20;
  return Math.ceil(guest + guest / 64 + image) + (usesV8(deployment) ? NODE_MIB : NATIVE_MIB);
}

/** Whether a disk is one of the host's own, and not a file. */
export function isHostDisk(path: string): boolean {
  return path.startsWith("/dev/");
}

function diskPaths({ disks }: Deployment): string[] {
  return disks.filter(({ path }) => !isHostDisk(path)).map(({ path }) => pathWord(path));
}

/** Groups that own what the user has to open. */
function groups(deployment: Deployment): string[] {
  const list = [
    ...(usesKvm(deployment) ? ["kvm"] : []),
    ...(deployment.disks.some(({ path }) => isHostDisk(path)) ? ["disk"] : []),
  ];
  return list.length > 0 ? [`SupplementaryGroups=${list.join(" ")}`] : [];
}

function fileAccess({ disks, tender }: Deployment): string[] {
  const files = disks.filter(({ path }) => !isHostDisk(path));
  const inHome = [...tender.command, ...files.map(({ path }) => path)].some((path) => /^\/(home|root)\//.test(path));
  return [
    "ProtectSystem=strict",
    `ProtectHome=${inHome ? "read-only" : "yes"}`,
    // Where a file is missing, the tender says so.
    ...files.filter(({ readOnly }) => !readOnly).map(({ path }) => `ReadWritePaths=${pathWord(path, "-")}`),
  ];
}

function deviceAccess(deployment: Deployment): string[] {
  const { disks, networks } = deployment;
  return [
    "DevicePolicy=closed",
    ...(networks.length > 0 ? ["DeviceAllow=/dev/net/tun rw"] : []),
    ...(usesKvm(deployment) ? ["DeviceAllow=/dev/kvm rw"] : []),
    ...disks
      .filter(({ path }) => isHostDisk(path))
      .map(({ path, readOnly }) => `DeviceAllow=${pathWord(path)} ${readOnly ? "r" : "rw"}`),
  ];
}

/** Frames pass through the tap's descriptor. A socket is only asked for the tap's MTU and whether it is up. */
function networkAccess({ networks }: Deployment): string[] {
  return [
    ...(networks.length > 0
      ? ["RestrictAddressFamilies=AF_INET"]
      : ["RestrictAddressFamilies=none", "PrivateNetwork=yes"]),
    "IPAddressDeny=any",
  ];
}

const LOCKED = [
  "CapabilityBoundingSet=",
  "AmbientCapabilities=",
  "NoNewPrivileges=yes",
  "PrivateTmp=yes",
  "PrivateMounts=yes",
  "PrivateIPC=yes",
  "ProtectProc=invisible",
  "ProcSubset=pid",
  "ProtectClock=yes",
  "ProtectControlGroups=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "KeyringMode=private",
  "LockPersonality=yes",
  "RemoveIPC=yes",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
  "SystemCallErrorNumber=EPERM",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@privileged @resources",
  "# What the tender locks itself down with, further than this.",
  "SystemCallFilter=capset prlimit64 seccomp landlock_create_ruleset landlock_restrict_self",
];
