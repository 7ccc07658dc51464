// Sentences, numbers and days as the server writes them in each language: `wording.py`.
const isFrench = document.documentElement.lang === "fr";
// Arabic is written with Western digits and thin spaces, as French is: «12 345».
const numbersOf = document.documentElement.lang === "en" ? "en" : "fr";

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(numbersOf));
}

function writeDay(year, month, day, months) {
  return `${isFrench && day === 1 ? "1er" : day} ${months[month - 1]} ${year}`;
}
