#include <fmt/format.h>

#include "cli/completion.hpp"
#include "cli/completion_words.hpp"

namespace valise::cli {

namespace {

constexpr const char* kFishQuote = "\\'";

std::string at(const VerbWords& verb) {
  return fmt::format("complete -c valise -n \"__valise_at '{}'\"", verb.path);
}

std::string fish_value_reply(const ValueWords& value) {
  switch (value.kind) {
    case ValueWords::Kind::none:
      return {};
    case ValueWords::Kind::file:
      return " -r -F";
    case ValueWords::Kind::folder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueWords::Kind::choice: {
      std::string words;
      for (const std::string& choice : value.choices) words += (words.empty() ? "" : " ") + choice;
      return fmt::format(" -x -a '{}'", words);
    }
    case ValueWords::Kind::text:
      break;
  }
  return " -x";
}

std::string option_line(const VerbWords& verb, const OptionWords& option) {
  std::string line = at(verb);
  for (const std::string& name : option.names) {
    line += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return line + fish_value_reply(option.value) + " -d " + quoted(option.about, kFishQuote) + "\n";
}

std::string positional_line(const VerbWords& verb) {
  switch (verb.positional.kind) {
    case ValueWords::Kind::file:
      return at(verb) + " -F\n";
    case ValueWords::Kind::folder:
    case ValueWords::Kind::choice: {
      // As the value of an option, which would come after -x.
      const std::string reply = fish_value_reply(verb.positional);
      return at(verb) + reply.substr(reply.find(" -a")) + "\n";
    }
    case ValueWords::Kind::none:
    case ValueWords::Kind::text:
      break;
  }
  return {};
}

std::string skip_patterns(const std::vector<VerbWords>& verbs) {
  std::string out;
  for (const VerbWords& verb : verbs) {
    for (const OptionWords& option : verb.options) {
      if (option.value.kind == ValueWords::Kind::none) continue;
      for (const std::string& name : option.names) {
        out += fmt::format(" '{} {}'", verb.path, name);
      }
    }
  }
  return out;
}

std::string verb_patterns(const std::vector<VerbWords>& verbs) {
  std::string out;
  for (const VerbWords& verb : verbs) {
    if (!verb.path.empty()) out += fmt::format(" '{}'", verb.path);
  }
  return out;
}

}  // namespace

std::string fish_completion(const CLI::App& app) {
  const std::vector<VerbWords> verbs = completion_words(app);
  std::string out =
      fmt::format(R"(# Completion of valise for fish, printed by: valise completion fish
function __valise_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l at ''
    set -l value no
    for word in $words
        if test $value = yes
            set value no
            continue
        end
        switch "$at $word"
            case{}
                set at "$at $word"
            case{}
                set value yes
        end
    end
    test "$at" = "$argv[1]"
end
complete -c valise -f
)",
                  verb_patterns(verbs), skip_patterns(verbs));
  for (const VerbWords& verb : verbs) {
    for (const VerbWords& other : verbs) {
      if (!directly_below(verb, other)) continue;
      out += fmt::format("{} -a {} -d {}\n", at(verb), other.name, quoted(other.about, kFishQuote));
    }
    for (const OptionWords& option : verb.options) out += option_line(verb, option);
    out += positional_line(verb);
  }
  return out;
}

}  // namespace valise::cli
