import { register, unikernel } from "fata/config";

const main = unikernel("./unikernel.as");

export default register("compute", main());
