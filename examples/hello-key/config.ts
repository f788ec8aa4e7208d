import { key, register, unikernel } from "fata/config";

const hello = key("hello", "Hello World!", "How to say hello.");
const main = unikernel("./unikernel");

export default register("hello-key", main(), hello);
