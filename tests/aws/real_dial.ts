/** The dialer over the real network, for tests of what uses it. */
import { createDialer, type Dial } from "../../lib/aws/dialer.ts";
import { clock } from "../../lib/system/clock.ts";
import { network } from "../../lib/system/network.ts";
import { HANG } from "../patience.ts";

/** Sends each request on a connection of its own. */
export const realDial: Dial = async (request, signal) => {
  using dialer = createDialer({ ...network, ...clock }, { caCerts: [], milliseconds: HANG, warn: () => {} });
  return await dialer.dial(request, signal);
};

/** Fails the test that makes a request. */
export const noDial: Dial = () => Promise.reject(new Error("no call is made"));
