/** The tender's events, for those above this folder, which do not see the ABI. */
export { EVENT_LINK, EVENT_RESTORED, EVENT_STOP, EVENT_USER } from "../abi/tender";
