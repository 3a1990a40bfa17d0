#pragma once

#include <string>
#include <vector>

#include "random.hpp"

namespace valise::bench {

/// The words people type, the frequent ones short, drawn by Zipf's law so that a history
/// compresses about as well as real chat. The words are the same for every seed: a night
/// written months later talks as the history did.
class Vocabulary {
 public:
  Vocabulary();

  /// One message: most are a few words, some a paragraph, one in a hundred a link.
  [[nodiscard]] std::string sentence(Random& random) const;
  [[nodiscard]] const std::string& word(Random& random) const { return words_[zipf_.pick(random)]; }

 private:
  std::vector<std::string> words_;
  Zipf zipf_;
};

}  // namespace valise::bench
