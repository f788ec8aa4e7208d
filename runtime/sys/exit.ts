/**
 * The image's end. The tender sends what is in the transmit rings, completes submitted block requests, then leaves with
 * the status given, 0 to 255. Does not return.
 */
export { exit } from "../abi/tender";
