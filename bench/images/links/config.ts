import { foreign, kind, match, option, register, unikernel } from "fata/config";

const LENGTH = 20;

const link = kind("link");
const more = foreign("./links.as#More", { next: link }, link);
const main = unikernel("./unikernel.as", { link });
const end = foreign("./links.as#End", {}, link)();

let chain = end;
for (let length = 1; length < LENGTH; length++) chain = more({ next: chain });

const length = option("length", ["short", "long"], "Two devices, or twenty.");
export default register("links", main({ link: match(length, { short: more({ next: end }), long: chain }) }));
