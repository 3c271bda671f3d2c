// Starts textual-serve's terminal once its fonts are loaded: it measures its cells only once, when it opens.
"use strict";

const FACES = ["", "bold ", "italic ", "italic bold "];

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
  const size = terminal.dataset.fontSize;
  const loaded = new Promise((done) => (document.readyState === "complete" ? done() : addEventListener("load", done)));
  // Without this the terminal opens in a fallback font with wider or narrower cells.
  await Promise.allSettled([loaded, ...FACES.map((face) => document.fonts.load(`${face}${size}px "Roboto Mono"`))]);
  takeKeys(terminal);
  const script = document.createElement("script");
  script.src = "static/js/textual.js";
  // The script waits for the page's load event, which has already been fired.
  script.onload = () => window.onload(new Event("load"));
  document.head.append(script);
}

document.getElementById("again").addEventListener("click", () => location.reload());
begin();
