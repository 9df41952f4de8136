// Leads from an address without a language to the page in the reader's: the one chosen before,
// else the first of the browser's that there is, else the first of the site. Keeps the fragment.

(() => {
  const remembered = () => {
    try {
      return localStorage.getItem("language");
    } catch {
      return null; // browsers may refuse storage
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    const links = [...document.querySelectorAll("a[hreflang]")];
    const wanted = [remembered(), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())];
    const found = wanted
      .map((language) => links.find((link) => link.hreflang === language))
      .find(Boolean);
    location.replace((found ?? links[0]).href + location.search + location.hash);
  });
})();
