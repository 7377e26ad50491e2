// The few drawings of the page, all on a grid of 20 by 20.

import { svg } from "./dom.js";

const STROKES = {
  back: "M12.5 4.5 7 10l5.5 5.5",
  bell: "M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13zM8.5 17a1.6 1.6 0 0 0 3 0",
  chevron: "m6 8 4 4 4-4",
  close: "m5 5 10 10M15 5 5 15",
  down: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zm8 2.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
  hash: "M8 3.5 6.5 16.5M13.5 3.5 12 16.5M4 7.5h12.5M3.5 12.5H16",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  moon: "M16 12A6.8 6.8 0 0 1 8 4a6.8 6.8 0 1 0 8 8z",
  bolt: "M11 2.5 5 11.5h4.5L9 17.5l6-9h-4.5z",
  send: "M3.5 10 16.5 4l-4 12.5-2.8-5zm6.2 1.5 3-3.3",
  sun: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 2v1.7M10 16.3V18M2 10h1.7M16.3 10H18M4.3 4.3l1.3 1.3M14.4 14.4l1.3 1.3M15.7 4.3l-1.3 1.3M5.6 14.4l-1.3 1.3",
  thread: "M4 4.5h12v8.5H9.5L6 16.2V13H4z",
  warning: "M10 3.5 17.5 16.5h-15zM10 8.5v3.6M10 14.2v.1",
};

/** icon draws one of STROKES; it is decoration, the words stand beside it. */
export function icon(name, size = 18) {
  return svg("svg.icon", { viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true" },
    svg("path", {
      d: STROKES[name], fill: "none", stroke: "currentColor",
      "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round",
    }));
}
