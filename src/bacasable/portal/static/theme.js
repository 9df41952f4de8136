// Runs before the page is drawn, so that neither theme nor samples change under the reader's eyes.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage is refused: the system's theme it is.
  }
})();
