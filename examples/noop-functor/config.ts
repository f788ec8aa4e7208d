import { register, unikernel } from "fata/config";

const main = unikernel("./unikernel");

export default register("noop-functor", main());
