/** The machines that QEMU emulates, without help of this machine's processor: they run wherever QEMU does. */
import { type Architecture, architectures } from "../../../compiler/native/architecture.ts";

export interface Hardware {
  readonly architecture: Architecture;
  /** The emulator, and what makes it this machine. It is given `kernel`, the folder of kernels.ts, to find its files in. */
  qemu(kernel: string): readonly string[];
  /** The kernel's name of the serial line that is QEMU's standard output. */
  readonly console: string;
  /** Modules that the kernel needs for KVM, taps and nothing else, in order. */
  readonly modules: readonly string[];
}

function named(name: string): Architecture {
  const found = architectures.find((architecture) => architecture.name === name);
  if (!found) throw new Error(`no architecture ${name}`);
  return found;
}

export const machines = {
  /** A PC whose emulated processor has AMD's virtualization. */
  q35: {
    architecture: named("x86_64"),
    qemu: () => ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max", "-m", "512", "-serial", "stdio"],
    console: "ttyS0",
    modules: ["irqbypass", "kvm", "kvm-amd", "tun"],
  },
  /** QEMU's own board with the processor of a Raspberry Pi 3; EL2 is the kernel's, which has KVM for it. */
  virt: {
    architecture: named("aarch64"),
    qemu: () => [
      ...["qemu-system-aarch64", "-machine", "virt,virtualization=on,gic-version=3,accel=tcg"],
      ...["-cpu", "cortex-a53", "-m", "512", "-serial", "stdio"],
    ],
    console: "ttyAMA0",
    modules: ["tun"],
  },
  /** A Raspberry Pi 3 B. The second of its serial lines is the console, as on the real one with Bluetooth in use. */
  raspi3b: {
    architecture: named("aarch64"),
    qemu: (kernel) => [
      ...["qemu-system-aarch64", "-machine", "raspi3b,accel=tcg", "-dtb", `${kernel}/bcm2837-rpi-3-b.dtb`],
      ...["-serial", "null", "-serial", "stdio"],
    ],
    console: "ttyS1",
    modules: ["tun"],
  },
} satisfies Record<string, Hardware>;

export type MachineName = keyof typeof machines;
