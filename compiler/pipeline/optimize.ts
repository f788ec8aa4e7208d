/**
 * What Binaryen does between asc and the image, on asc's own module (it need not be written and read again, and debug
 * locations stay).
 */
import type binaryen from "binaryen";
import { ABORT, packAssertions } from "./assertions.ts";
import { makeResumable } from "./fibers.ts";
import { trustNew } from "./fresh.ts";
import { fillStatics } from "./statics.ts";
import { checkSuspension, waitingFunctions } from "./suspension.ts";
import { addUnpacking, type Texts } from "./texts.ts";
import { shareVisits } from "./visits.ts";

/** How an image is built: quickly, well, or well and without assertions. */
export type Mode = "dev" | "default" | "release";

/** Functions that are not inlined: those of runtime/sched/switch.ts, which fibers.ts must find as they are written, and the
 * bodies of fibers and of the application, so that the stack of a trap names them; what assertions call. */
const NOT_INLINED = ["~lib/fata/sched/switch/*", "*#run", "*/Main#start", ABORT];

/**
 * Optimises, makes fibers work, removes what is not reached.
 * @returns the strings that it counts on to be packed
 */
export function optimize(module: binaryen.Module, instance: typeof binaryen, mode: Mode): Texts | undefined {
  fillStatics(module, instance);
  initializeInStart(module, instance);
  checkSuspension(module, instance);
  if (mode !== "dev") shareVisits(module, instance);
  const texts = mode === "dev" ? undefined : reachedTexts(module, instance);
  instance.setOptimizeLevel(mode === "dev" ? 1 : 3);
  instance.setShrinkLevel(mode === "dev" ? 0 : 1);
  // V8 does not inline wasm functions, so what is small must be inlined here: loads in network order, accessors of packets.
  // What is larger than this, such as the swap of four octets, would cost more memory than it saves time.
  instance.setAlwaysInlineMaxSize(mode === "dev" ? 2 : 7);
  // Binaryen's own choices. asc leaves others behind after each build, fast-math among them, and the next build in the
  // process is to give the same bytes.
  instance.setFlexibleInlineMaxSize(20);
  instance.setOneCallerInlineMaxSize(-1);
  instance.setFastMath(false);
  instance.setDebugInfo(false);
  const run = (...passes: string[]): void => module.runPasses(passes);
  for (const pattern of NOT_INLINED) {
    instance.setPassArgument("no-inline", pattern);
    run("no-inline");
  }
  // Nothing is put below 1024: see DATA_START of data.ts.
  instance.setLowMemoryUnused(true);
  if (mode === "dev") {
    run("remove-unused-module-elements");
    makeResumable(module, instance, waitingFunctions(module));
    module.optimize();
    return texts;
  }
  // A load, a division or a cast that traps is a mistake that need not be kept where nobody looks at its result.
  instance.setTrapsNeverHappen(true);
  module.optimize();
  instance.setTrapsNeverHappen(false);
  trustNew(module, instance);
  makeResumable(module, instance, waitingFunctions(module));
  module.optimize();
  module.optimize();
  run("remove-unused-module-elements");
  packAssertions(module, instance);
  // A long number that stands in a function several times is put into a local.
  run("const-hoisting", "reorder-functions");
  return texts;
}

/**
 * The strings to pack, and which of them the code reaches. That is asked before anything else, while each is named by its own
 * address: later constants are added up, and `TEXT[i - 97]` counts from an address that may lie in another string.
 */
function reachedTexts(module: binaryen.Module, instance: typeof binaryen): Texts | undefined {
  module.runPasses(["remove-unused-module-elements", "dce", "vacuum", "remove-unused-module-elements"]);
  return addUnpacking(module, instance);
}

/**
 * Has `start` initialise the modules first. A wasm start section would run before the tender knows the memory, so asc
 * exports the initialisation instead (asconfig.json), when there is any.
 */
function initializeInStart(module: binaryen.Module, instance: typeof binaryen): void {
  const initialize = exported(module, instance, "_initialize");
  const start = exported(module, instance, "start");
  if (!initialize || !start) return;
  module.removeExport("_initialize");
  const { i64, none } = instance;
  module.addFunction(
    "start",
    instance.createType([i64, i64]),
    i64,
    [],
    module.block(
      null,
      [
        module.call(initialize, [], none),
        module.call(start, [module.local.get(0, i64), module.local.get(1, i64)], i64),
      ],
      i64,
    ),
  );
  module.removeExport("start");
  module.addFunctionExport("start", "start");
}

function exported(module: binaryen.Module, instance: typeof binaryen, name: string): string | undefined {
  const ref = module.getExport(name);
  return ref ? instance.getExportInfo(ref).value : undefined;
}
