// The filters are a sheet over a narrow page: while it is open, nothing else takes the focus.
{
  const sheet = document.querySelector(".facets");
  const narrow = matchMedia("(width < 60rem)");

  const others = [];
  for (let part = sheet; part && part !== document.body; part = part.parentElement) {
    others.push(...[...part.parentElement.children].filter((one) => one !== part));
  }

  function settle() {
    for (const other of others) other.inert = sheet.open && narrow.matches;
  }

  if (sheet) {
    sheet.addEventListener("toggle", settle);
    narrow.addEventListener("change", settle);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !sheet.open || !narrow.matches) return;
      sheet.open = false;
      sheet.querySelector("summary").focus();
    });
  }
}
