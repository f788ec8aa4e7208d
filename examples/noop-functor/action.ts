/** What the devices of the kind "action" have in common. */
export abstract class Action {
  abstract act(): void;
}
