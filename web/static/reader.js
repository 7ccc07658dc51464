// The colours change in place, a citation is copied with one press.
{
  const YEAR_S = 365 * 24 * 3600;
  const themes = document.querySelectorAll("[data-choose-theme]");
  for (const link of themes) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const theme = link.dataset.chooseTheme;
      document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
      document.documentElement.dataset.theme = theme;
      for (const one of themes) one.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
    });
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    button.hidden = !navigator.clipboard; // only where the page came over a safe way
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = button.dataset.done;
    });
  }
}
