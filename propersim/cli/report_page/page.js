"use strict";
// Everything can be read without this script; it adds the switch of the theme, copying, choosing variants and sorting.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  for (const one of document.querySelectorAll(".needs-script")) one.hidden = false;

  const theme = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const name = () => { theme.textContent = isDark() ? "Light" : "Dark"; theme.setAttribute("aria-label", `Switch to the ${isDark() ? "light" : "dark"} theme`); };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); });
  dark.addEventListener("change", name);
  name();

  const status = document.getElementById("said");
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      if (!done) throw new Error("not copied");
    }
  }
  for (const button of document.querySelectorAll("button.copy")) {
    const label = button.textContent;
    let timer = 0;
    button.addEventListener("click", async () => {
      const text = button.parentElement.querySelector("code").textContent;
      let said = button.dataset.copied;
      try {
        await copy(text);
        status.textContent = `Copied: ${text}`;
      } catch {
        said = "Not copied";
        status.textContent = said;
      }
      button.textContent = said;
      button.focus();
      clearTimeout(timer);
      timer = setTimeout(() => { button.textContent = label; }, 1500);
    });
    button.title = button.parentElement.querySelector("code").textContent;
  }

  for (const box of document.querySelectorAll("[data-toggle]")) {
    box.addEventListener("change", () => {
      for (const line of document.querySelectorAll(`[data-series="${box.dataset.toggle}"]`)) {
        if (box.checked) line.removeAttribute("display");
        else line.setAttribute("display", "none");
      }
    });
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const sign = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        const key = (row) => row.cells[at].dataset.order;
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => {
          if (key(a) === undefined || key(b) === undefined) return sign * a.cells[at].textContent.localeCompare(b.cells[at].textContent, "en", { numeric: true });
          const [first, second] = [a, b].map((row) => (key(row) === "-inf" ? -Infinity : Number(key(row))));
          return first === second ? 0 : sign * (first - second);
        });
        table.tBodies[0].append(...rows);
      });
    });
  }

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.example:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
})();
