/** Results of the tender's that the guest gives as well, for those above this folder, which do not see the ABI. */
export {
  E_ALREADY,
  E_INVALID,
  E_IO,
  E_NO_SPACE,
  E_NOT_FOUND,
  E_RANGE,
  E_READ_ONLY,
  E_UNSUPPORTED,
} from "../abi/tender";
