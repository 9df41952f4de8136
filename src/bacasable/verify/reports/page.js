"use strict";

// What the page can do beyond being read: filter the findings, copy a line of curl.
(() => {
  const form = document.querySelector(".filter");
  const findings = [...document.querySelectorAll(".finding")];
  const texts = findings.map((finding) => finding.textContent.toLowerCase());

  const filter = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severity = form.elements.severity.value;
    let shown = 0;
    findings.forEach((finding, number) => {
      const fits =
        (!severity || finding.dataset.severity === severity) &&
        words.every((word) => texts[number].includes(word));
      finding.hidden = !fits;
      shown += fits;
    });
    form.querySelector("output").textContent = `${shown} of ${findings.length}`;
  };

  form.hidden = findings.length === 0;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();

  // A link of the matrix leads to its finding also when that is filtered away.
  addEventListener("hashchange", () => {
    const finding = document.getElementById(location.hash.slice(1));
    if (finding?.hidden) {
      form.reset();
      filter();
      finding.scrollIntoView();
    }
  });

  for (const block of document.querySelectorAll(".copied")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = block.querySelector("pre").textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(block.querySelector("pre"));
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.append(button);
  }
})();
