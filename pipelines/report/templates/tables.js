"use strict";
// Tables sort by a click or key on a heading and filter by a text; without this script they are plain.
(function (words) {
  const TOO_FEW = 2;
  const MANY = 8;
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });

  const GRAVITY = ["critical", "high", "medium", "low", "info", "ok"];

  function shownOf(cell) {
    const mark = cell.children.length === 1 && cell.querySelector(".sev");
    if (mark) return String(GRAVITY.findIndex((name) => mark.classList.contains(name)));
    return cell.textContent.replace(/\s+/g, " ").trim();
  }

  // The number that a cell begins with; a date, a time and an address are none.
  function numberOf(text) {
    const found = /^-?[\d,]+(\.\d+)?(?![\d.:/-])/.exec(text);
    return found ? Number(found[0].replace(/,/g, "")) : NaN;
  }

  function compare(one, other) {
    const [a, b] = [numberOf(one), numberOf(other)];
    if (!Number.isNaN(a) && !Number.isNaN(b) && a !== b) return a - b;
    if (Number.isNaN(a) !== Number.isNaN(b)) return Number.isNaN(a) ? -1 : 1;
    return order.compare(one, other);
  }

  function sort(table, heading, headings) {
    const column = headings.indexOf(heading);
    const all = [...table.tBodies[0].rows];
    // Rows that stand for no single thing (sums, months, what was left out) stay below.
    const isOne = (row) => row.cells.length === headings.length && !row.classList.contains("sum");
    const keyed = all.filter(isOne).map((row) => [shownOf(row.cells[column]), row]);
    const before = heading.getAttribute("aria-sort");
    const isMark = all[0].cells[column] && all[0].cells[column].querySelector(".sev");
    const isNumber = !isMark && keyed.some((one) => !Number.isNaN(numberOf(one[0])));
    const isDown = before ? before === "ascending" : isNumber;
    for (const each of headings) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    keyed.sort((one, other) => compare(one[0], other[0]) * (isDown ? -1 : 1));
    table.classList.add("sorted");
    table.tBodies[0].append(...keyed.map((one) => one[1]), ...all.filter((row) => !isOne(row)));
  }

  function makeSortable(table, headings) {
    for (const heading of headings) {
      if (!heading.textContent.trim() || heading.querySelector("a")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.title = words.sort;
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading, headings));
      heading.append(button);
    }
  }

  function makeFilterable(table, place, rows) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const status = document.createElement("output");
    input.type = "search";
    label.className = "filter";
    label.append(words.filter + " ", input, status);
    place.before(label);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase().split(/\s+/);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !wanted.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      status.textContent = input.value
        ? words.shown.replace("{shown}", shown).replace("{total}", rows.length)
        : "";
    });
  }

  for (const table of document.querySelectorAll("table:not(.hours)")) {
    if (!table.tHead || !table.tBodies.length) continue;
    const headings = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows].filter((row) => !row.classList.contains("sum"));
    if (rows.length < TOO_FEW) continue;
    const scroller = table.closest(".scroll");
    if (!table.tHead.querySelector("[aria-sort]")) makeSortable(table, headings);
    if (rows.length >= MANY && scroller) makeFilterable(table, scroller, rows);
  }

  // A wide table is moved by the arrow keys, once it has the focus.
  for (const scroller of document.querySelectorAll(".scroll")) {
    if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0;
  }

  // A link may lead into a fold.
  function unfold() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    for (let fold = target && target.closest("details"); fold; ) {
      fold.open = true;
      fold = fold.parentElement.closest("details");
    }
    if (target) target.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();
})(document.currentScript.dataset);
