const form = document.getElementById("filter");
const rows = [...document.querySelectorAll(".clauses tbody tr")];
const apply = () => {
  const { text, grade, verdict } = Object.fromEntries(new FormData(form));
  const has = (list, wanted) => !wanted || list.split("|").includes(wanted);
  for (const row of rows) {
    const fits = has(row.dataset.grades, grade) && has(row.dataset.verdicts, verdict);
    row.hidden = !fits || !row.textContent.toLowerCase().includes(text.trim().toLowerCase());
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector("tbody tr:not([hidden])");
  }
  form.elements.count.value = `${rows.filter((row) => !row.hidden).length} of ${rows.length} clauses`;
};
form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
apply();
