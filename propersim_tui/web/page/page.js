// Starts textual-serve's terminal once its fonts are there: it measures its cells only once, when it is opened.
"use strict";

const FACES = ["", "bold ", "italic ", "italic bold "];

// Keys go to the terminal without a click, from when there is somebody to hear them.
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
  // Without its font it is drawn in another one, with wider or narrower cells.
  await Promise.allSettled([loaded, ...FACES.map((face) => document.fonts.load(`${face}${size}px "Roboto Mono"`))]);
  takeKeys(terminal);
  const script = document.createElement("script");
  script.src = "static/js/textual.js";
  // It waits for the page's load event, which is over by now.
  script.onload = () => window.onload(new Event("load"));
  document.head.append(script);
}

document.getElementById("again").addEventListener("click", () => location.reload());
begin();
