// Starts textual-serve's terminal once its fonts are loaded: it measures its cells only once, when it opens.
"use strict";

const FACES = ["", "bold ", "italic ", "italic bold "];
const COLUMNS = 60; // The fewest that the app draws on; below, it says so.
const SMALLEST = 8; // Pixels: below, nothing can be read.

// Returns the largest size, up to the one asked for, at which the app has its columns; the smallest one if none is small enough.
function fittingSize(asked) {
  const pen = document.createElement("canvas").getContext("2d");
  for (let size = asked; size > SMALLEST; size -= 1) {
    pen.font = `${size}px "Roboto Mono"`;
    if (pen.measureText("0").width * COLUMNS <= innerWidth) return size;
  }
  return Math.min(asked, SMALLEST);
}

// Focuses the terminal as soon as it is connected, so that keys work without a click.
function takeKeys(terminal) {
  const watch = new MutationObserver(() => {
    if (terminal.classList.contains("-connected")) {
      watch.disconnect();
      document.querySelector(".xterm-helper-textarea").focus();
    }
  });
  watch.observe(terminal, { attributeFilter: ["class"] });
}

async function begin() {
  const terminal = document.getElementById("terminal");
  const asked = terminal.dataset.fontSize;
  const loaded = new Promise((done) => (document.readyState === "complete" ? done() : addEventListener("load", done)));
  // Without this the terminal opens in a fallback font with wider or narrower cells.
  await Promise.allSettled([loaded, ...FACES.map((face) => document.fonts.load(`${face}${asked}px "Roboto Mono"`))]);
  terminal.dataset.fontSize = fittingSize(Number(asked));
  takeKeys(terminal);
  const script = document.createElement("script");
  script.src = "static/js/textual.js";
  // The script waits for the page's load event, which has already been fired.
  script.onload = () => window.onload(new Event("load"));
  document.head.append(script);
}

document.getElementById("again").addEventListener("click", () => location.reload());
begin();
