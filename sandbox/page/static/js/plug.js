// The drawing over the big button: a plug in its socket and a lamp behind it. The
// style sheet pulls the plug out when the card's data-state says that Pawl is dead.

import { svg } from "./dom.js";

export function plugDrawing() {
  return svg("svg.plug-drawing", { viewBox: "0 0 240 64", "aria-hidden": "true" },
    svg("path.wire", { d: "M150 32h34" }),
    svg("path.ray", { d: "M198 10V3M198 61v-7M220 32h7M213.500 16.500l5-5M213.500 47.500l5 5" }),
    svg("circle.bulb", { cx: 198, cy: 32, r: 14 }),
    svg("g.plug", null,
      svg("path.wire", { d: "M-80 32H76" }),
      svg("path.prong", { d: "M106 24h18M106 40h18" }),
      svg("path.body", { d: "M84 18h18q6 0 6 6v16q0 6-6 6H84q-12 0-12-14t12-14z" })),
    svg("rect.body", { x: 112, y: 13, width: 40, height: 38, rx: 9 }),
    svg("path.spark", { d: "M100 6l-4 7h6l-5 8M92 46l-3 6h5l-4 7" }));
}
