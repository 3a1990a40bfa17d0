#include <fmt/format.h>

#include "cli/completion.hpp"
#include "cli/completion_words.hpp"

namespace valise::cli {

namespace {

constexpr const char* kZshQuote = "'\\''";

std::string zsh_value_reply(const ValueWords& value) {
  switch (value.kind) {
    case ValueWords::Kind::file:
      return "_files";
    case ValueWords::Kind::folder:
      return "_files -/";
    case ValueWords::Kind::choice: {
      std::string out = "compadd --";
      for (const std::string& choice : value.choices) out += " " + choice;
      return out;
    }
    case ValueWords::Kind::none:
    case ValueWords::Kind::text:
      break;
  }
  return "_message 'a value'";
}

// An entry of _describe: the first colon ends the word.
std::string described(const std::string& word, const std::string& about) {
  return quoted(word + ":" + about, kZshQuote);
}

std::string skip_cases(const std::vector<VerbWords>& verbs) {
  std::string out;
  for (const VerbWords& verb : verbs) {
    if (!verb.path.empty()) out += fmt::format("      ('{0}') at='{0}' ;;\n", verb.path);
    for (const OptionWords& option : verb.options) {
      if (option.value.kind == ValueWords::Kind::none) continue;
      for (const std::string& name : option.names) {
        out += fmt::format("      ('{} {}') (( i++ )) ;;\n", verb.path, name);
      }
    }
  }
  return out;
}

std::string zsh_value_cases(const std::vector<VerbWords>& verbs) {
  std::string out;
  for (const VerbWords& verb : verbs) {
    for (const OptionWords& option : verb.options) {
      if (option.value.kind == ValueWords::Kind::none) continue;
      for (const std::string& name : option.names) {
        out += fmt::format("    ('{} {}') {}; return ;;\n", verb.path, name,
                           zsh_value_reply(option.value));
      }
    }
  }
  return out;
}

std::string zsh_word_cases(const std::vector<VerbWords>& verbs) {
  std::string out;
  for (const VerbWords& verb : verbs) {
    out += fmt::format("    ('{}')\n      options=(", verb.path);
    for (const OptionWords& option : verb.options) {
      for (const std::string& name : option.names) out += " " + described(name, option.about);
    }
    out += " )\n      below=(";
    bool leaf = true;
    for (const VerbWords& other : verbs) {
      if (!directly_below(verb, other)) continue;
      out += " " + described(other.name, other.about);
      leaf = false;
    }
    const bool nothing = verb.positional.kind == ValueWords::Kind::none;
    out += " )\n";
    if (leaf && !nothing) {
      out += fmt::format("      [[ $PREFIX == -* ]] || {}\n", zsh_value_reply(verb.positional));
    }
    out += "      ;;\n";
  }
  return out;
}

}  // namespace

std::string zsh_completion(const CLI::App& app) {
  const std::vector<VerbWords> verbs = completion_words(app);
  return fmt::format(R"(#compdef valise
# Completion of valise for zsh, printed by: valise completion zsh
_valise() {{
  local at=''
  local -a options below
  integer i
  for (( i = 2; i < CURRENT; i++ )); do
    case "$at ${{words[i]}}" in
{}    esac
  done
  case "$at ${{words[CURRENT-1]}}" in
{}  esac
  case "$at" in
{}  esac
  (( $#below )) && _describe 'verb' below
  [[ $PREFIX == -* ]] && _describe -o 'option' options
  return 0
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _valise "$@"
else
  compdef _valise valise
fi
)",
                     skip_cases(verbs), zsh_value_cases(verbs), zsh_word_cases(verbs));
}

}  // namespace valise::cli
