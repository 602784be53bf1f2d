// Code in the address of a page: who gets such a link sees the code of who made it.
import { linkedCode } from "./packed.js";

// The address that the visit began with. While this script loads, Material's navigation tracking may
// write the section in view into the address, and the code of a link must outlive that.
let arrival = new URL(performance.getEntriesByType("navigation")[0]?.name ?? location.href);

// The code is taken: a later visit of the page starts anew.
export const taken = () => (arrival = new URL(location.pathname, location));

// The packed code in the address, if the address names the sample's file, by an old name too.
export const linked = ({ file, was }) => {
  const { hash } = location.hash.startsWith("#run=") ? location : arrival;
  const here = location.pathname === arrival.pathname || hash === location.hash;
  const { file: named, packed } = linkedCode(here ? hash : "");
  return [file, ...was].includes(named) ? packed : undefined;
};

// A link that this page itself follows, in this tab: its code is the reader's own.
const OWN = "run:own";
export const keepAsOwn = (packed) => sessionStorage.setItem(OWN, packed);
export const isOwn = (packed) => sessionStorage.getItem(OWN) === packed;
