// Runs before the first paint, so that no theme flashes. A file of its own,
// because the page's policy lets no inline script run.
(function () {
  var theme = "system";
  try {
    theme = JSON.parse(localStorage.getItem("drover.prefs") || "{}").theme || theme;
  } catch (e) {
    // Storage may be forbidden; the system's theme it is.
  }
  var dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  var root = document.documentElement;
  root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  if (theme === "contrast" || (theme === "system" && matchMedia("(prefers-contrast: more)").matches)) root.setAttribute("data-contrast", "high");
})();
