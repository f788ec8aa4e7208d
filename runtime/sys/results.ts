/** Results of the tender's that the guest uses as well, for those above this folder, which do not see the ABI. */
export { E_INVALID, E_NOT_FOUND } from "../abi/tender";
