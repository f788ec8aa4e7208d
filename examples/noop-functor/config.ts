import { foreign, kind, register, unikernel } from "fata/config";

const action = kind("action");
const nothing = foreign("./nothing", {}, action);
const main = unikernel("./unikernel", { action });

export default register("noop-functor", main({ action: nothing() }));
