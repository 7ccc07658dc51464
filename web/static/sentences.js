// Fills in a sentence of the page; numbers as the server writes them, such as «12 345».
function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString("fr"));
}
