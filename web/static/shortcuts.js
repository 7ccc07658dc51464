// Single keys: to the box, from hit to hit, and the list of these keys. A reader whose voice types
// can switch them off (WCAG 2.1.4).
{
  const KEY = "arshif-no-shortcuts";
  const dialog = document.querySelector("#keys");
  const toggle = dialog.querySelector("input");
  toggle.checked = kept.read(KEY) !== true;
  toggle.addEventListener("change", () => kept.write(KEY, !toggle.checked));

  function toBox() {
    const input = document.querySelector("#q");
    input.focus();
    input.select();
  }

  function toHit(step) {
    const links = [...document.querySelectorAll(".hit h2 a")];
    const hit = document.activeElement.closest(".hit");
    const place = hit ? links.findIndex((link) => hit.contains(link)) + step : 0;
    links[place]?.focus();
  }

  // The same keys of an Arabic keyboard as well.
  const deeds = {
    "/": toBox,
    ظ: toBox,
    "?": () => dialog.showModal(),
    "؟": () => dialog.showModal(),
    j: () => toHit(1),
    ت: () => toHit(1),
    k: () => toHit(-1),
    ن: () => toHit(-1),
  };

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input:not([type=checkbox]), select, textarea");
    const isCombined = event.ctrlKey || event.metaKey || event.altKey;
    if (isTyping || isCombined || dialog.open || !toggle.checked) return;
    const deed = deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });

  document.querySelector(".keys-link a").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });
}
