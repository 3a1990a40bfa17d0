#include "words.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace valise::bench {

namespace {

// Real vocabularies have a longer tail; past this many words the size of the compressed history
// no longer moves.
constexpr std::size_t kWordCount = 24000;

constexpr std::array<std::string_view, 80> kFrequent = {
    "the", "I",     "to",   "you",   "a",    "and",  "it",   "is",   "in",     "that",
    "of",  "for",   "on",   "me",    "ok",   "my",   "so",   "we",   "just",   "have",
    "are", "be",    "at",   "do",    "was",  "can",  "not",  "will", "with",   "if",
    "but", "your",  "yes",  "no",    "what", "get",  "up",   "this", "now",    "I'm",
    "all", "go",    "how",  "good",  "like", "haha", "out",  "know", "when",   "he",
    "she", "they",  "time", "one",   "home", "see",  "lol",  "it's", "there",  "think",
    "or",  "about", "from", "today", "back", "come", "need", "here", "don't",  "too",
    "got", "love",  "want", "work",  "then", "day",  "👍",    "😂",    "❤️", "🎉"};

constexpr std::array<std::string_view, 24> kOnsets = {"b", "br", "c",  "ch", "d", "f",  "g", "gr",
                                                      "h", "j",  "k",  "l",  "m", "n",  "p", "pl",
                                                      "r", "s",  "sh", "st", "t", "tr", "v", "w"};
constexpr std::array<std::string_view, 10> kVowels = {"a",  "e",  "i",  "o",  "u",
                                                      "ea", "ee", "ai", "ou", "y"};
constexpr std::array<std::string_view, 14> kCodas = {"",  "",   "",   "n",  "r",  "s",  "t",
                                                     "l", "ck", "ng", "nd", "st", "ss", "m"};

std::string coin_word(Random& random, std::size_t syllables) {
  std::string word;
  for (std::size_t i = 0; i < syllables; ++i) {
    word += kOnsets[random.below(kOnsets.size())];
    word += kVowels[random.below(kVowels.size())];
    word += kCodas[random.below(kCodas.size())];
  }
  return word;
}

std::uint32_t draw_word_count(Random& random) {
  const std::uint32_t kind = random.below(100);
  if (kind < 18) return 1 + random.below(3);
  if (kind < 74) return 3 + random.below(8);
  if (kind < 97) return 10 + random.below(15);
  return 25 + random.below(45);
}

}  // namespace

Vocabulary::Vocabulary() : zipf_(kWordCount, 2.7) {
  Random random(0x776f726473U);
  words_.assign(kFrequent.begin(), kFrequent.end());
  while (words_.size() < kWordCount) {
    const std::size_t rank = words_.size();
    const std::size_t shortest = rank < 800 ? 1 : 2;
    words_.push_back(coin_word(random, shortest + random.below(2)));
  }
}

std::string Vocabulary::sentence(Random& random) const {
  std::string text;
  if (random.percent(1)) {
    return text.append("https://www.")
        .append(word(random))
        .append(".example/")
        .append(word(random))
        .append("?id=")
        .append(random.hex(16));
  }
  const std::uint32_t count = draw_word_count(random);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i > 0) text += random.below(12) == 0 ? ", " : " ";
    text += word(random);
  }
  if (random.percent(25)) text += random.percent(60) ? "." : "?";
  return text;
}

}  // namespace valise::bench
