// Everything here is an addition: without it the pages work all the same.
"use strict";

const kept = {
  // Storage may be refused (private windows, policies): then nothing is remembered.
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? [];
    } catch {
      return [];
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      /* not remembered */
    }
  },
};
