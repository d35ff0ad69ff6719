"use strict";
// Filters the table of `index.html` and folds the runs of batches away. All rows are in the page; this only hides some.
(() => {
  const form = document.getElementById("filter");
  const fields = [...form.querySelectorAll("select")];
  const words = document.getElementById("words");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("#invocations tbody tr")];

  // An invocation, and its runs where it is a batch.
  const groups = [];
  for (const row of rows) {
    if (row.classList.contains("part")) groups.at(-1).parts.push(row);
    else groups.push({ head: row, parts: [], open: false });
  }
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const matches = (row) => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    return (
      fields.every((field) => !field.value || (row.dataset[field.name] ?? "").split(" ").includes(field.value)) &&
      wanted.every((word) => texts.get(row).includes(word))
    );
  };
  const filters = () => words.value.trim() !== "" || fields.some((field) => field.value);

  const draw = () => {
    const filtered = filters();
    let invocations = 0;
    let runs = 0;
    for (const group of groups) {
      const found = group.parts.filter(matches);
      const head = matches(group.head);
      // A batch is shown for the sake of a run that is looked for, and then only that run with it.
      group.head.hidden = filtered && !head && found.length === 0;
      for (const part of group.parts) part.hidden = filtered ? !found.includes(part) : !group.open;
      if (group.button) group.button.setAttribute("aria-expanded", String(filtered ? found.length > 0 : group.open));
      if (!group.head.hidden) invocations += 1;
      runs += filtered ? found.length : group.parts.length;
    }
    const of = filtered ? ` of ${groups.length}` : "";
    shown.textContent = `${invocations}${of} invocations` + (runs ? `, ${runs} runs of batches` : "");
  };

  // What was chosen is in the address, by name: numbers change with what is in the folder.
  const remember = () => {
    const chosen = new URLSearchParams();
    for (const field of fields) if (field.value) chosen.set(field.name, field.selectedOptions[0].textContent);
    if (words.value.trim()) chosen.set("words", words.value.trim());
    history.replaceState(null, "", chosen.size ? `#${chosen}` : location.pathname + location.search);
  };
  const recall = () => {
    const chosen = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      const option = [...field.options].find((one) => one.value && one.textContent === chosen.get(field.name));
      field.value = option ? option.value : "";
    }
    words.value = chosen.get("words") ?? "";
    draw();
  };

  for (const group of groups.filter((one) => one.parts.length)) {
    group.button = group.head.querySelector("button");
    group.button.hidden = false;
    group.button.addEventListener("click", () => {
      group.open = !group.open;
      draw();
    });
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    draw();
    remember();
  });
  form.addEventListener("reset", () =>
    setTimeout(() => {
      draw();
      remember();
    }),
  );
  addEventListener("hashchange", recall);
  recall();
})();
