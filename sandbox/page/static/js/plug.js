// The drawing over the big button: a plug in its socket. The style sheet pulls
// it out when the card's data-state says that Pawl is dead.

import { svg } from "./dom.js";

export function plugDrawing() {
  return svg("svg.plug-drawing", { viewBox: "0 0 200 64", "aria-hidden": "true" },
    svg("path.wire", { d: "M0 32H58" }),
    svg("g.socket", null,
      svg("rect", { x: 104, y: 14, width: 34, height: 36, rx: 8 }),
      svg("path.hole", { d: "M110 25h8M110 39h8" }),
      svg("path.wire", { d: "M138 32h26" }),
      svg("circle.bulb", { cx: 176, cy: 32, r: 12 }),
      svg("path.ray", { d: "M176 12v-6M176 58v-6M196 32h4M190 18l4-4M190 46l4 4" })),
    svg("g.plug", null,
      svg("path.cord", { d: "M-60 32H58" }),
      svg("rect", { x: 58, y: 18, width: 34, height: 28, rx: 7 }),
      svg("path.prong", { d: "M92 25h16M92 39h16" })),
    svg("path.spark", { d: "M106 8l-4 7h6l-5 8M124 4l-2 5h4l-3 6" }));
}
