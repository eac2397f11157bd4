import { VirtualClock } from "../../src/virtual_clock.ts";

/** A clock that advances only when told. Its calendar begins on 1 January 2026. */
export class FakeClock extends VirtualClock {
  constructor() {
    super(Date.UTC(2026, 0, 1));
  }
}
