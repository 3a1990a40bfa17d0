#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace valise::cli {

/// What may stand at one place of the command line.
struct ValueWords {
  enum class Kind { none, text, file, folder, choice };
  Kind kind = Kind::none;  ///< none: an option without a value.
  std::vector<std::string> choices;
};

struct OptionWords {
  std::vector<std::string> names;  ///< With their dashes.
  std::string about;
  ValueWords value;
};

struct VerbWords {
  std::string path;  ///< "" for valise itself, " policy set" for a verb: a blank before each word.
  std::string name;
  std::string about;
  std::vector<OptionWords> options;  ///< Its own, and those of valise itself.
  ValueWords positional;
};

/// valise and all its verbs, each before those below it. What a value is comes from the name of its
/// type, as the help shows it: FILE, DIR, "a|b|c".
[[nodiscard]] std::vector<VerbWords> completion_words(const CLI::App& app);

/// True if `child` is a verb directly below `parent`.
[[nodiscard]] bool directly_below(const VerbWords& parent, const VerbWords& child);

/// 'text' for a shell, quotes in it made harmless the way `quote` says.
[[nodiscard]] std::string quoted(const std::string& text, const std::string& quote);

}  // namespace valise::cli
