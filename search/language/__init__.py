"""Arabic, French and English text: analysis, stemming, dates, transliteration. Pure."""
