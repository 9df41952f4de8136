// Starts the viewer of the page (Scalar or Swagger UI) on the contract that openapi.js assigned.

(() => {
  const place = document.getElementById("viewer");
  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  // Nothing of it may ask another host: no fonts, no proxy, no telemetry, no services.
  const scalar = () => {
    place.replaceChildren();
    Scalar.createApiReference(place, {
      content: window.openapi,
      darkMode: isDark(),
      forceDarkModeState: isDark() ? "dark" : "light",
      hideDarkModeToggle: true,
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: "never",
      documentDownloadType: "none",
      agent: { disabled: true, hideAddApi: true },
      mcp: { disabled: true },
      localization: { locale: place.dataset.language },
    });
  };

  const swagger = () => {
    document.documentElement.classList.toggle("dark-mode", isDark());
    SwaggerUIBundle({
      spec: window.openapi,
      domNode: place,
      deepLinking: true,
      validatorUrl: null,
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    (place.dataset.viewer === "reference" ? scalar : swagger)();
  });
})();
