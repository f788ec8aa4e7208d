export { isRingSize, ringFilled, ringRoom, ringSlot } from "fata/base/ring";
