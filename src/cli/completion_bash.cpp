#include <fmt/format.h>

#include "cli/completion.hpp"
#include "cli/completion_words.hpp"

namespace valise::cli {

namespace {

constexpr const char* kBashQuote = "'\\''";

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string bash_value_reply(const ValueWords& value) {
  switch (value.kind) {
    case ValueWords::Kind::file:
      return "_valise_paths -f \"$current\"";
    case ValueWords::Kind::folder:
      return "_valise_paths -d \"$current\"";
    case ValueWords::Kind::choice:
      return fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$current\"))", joined(value.choices));
    case ValueWords::Kind::none:
    case ValueWords::Kind::text:
      break;
  }
  return ":";
}

// "path option" patterns of all options with a value.
std::string bash_value_cases(const std::vector<VerbWords>& verbs, const char* body_for_all) {
  std::string out;
  for (const VerbWords& verb : verbs) {
    for (const OptionWords& option : verb.options) {
      if (option.value.kind == ValueWords::Kind::none) continue;
      for (const std::string& name : option.names) {
        out += fmt::format("      '{} {}') {} ;;\n", verb.path, name,
                           body_for_all != nullptr ? std::string(body_for_all)
                                                   : bash_value_reply(option.value) + "; return");
      }
    }
  }
  return out;
}

std::string verb_cases(const std::vector<VerbWords>& verbs) {
  std::string out;
  for (const VerbWords& verb : verbs) {
    if (!verb.path.empty()) out += fmt::format("      '{0}') at='{0}' ;;\n", verb.path);
  }
  return out;
}

std::string bash_word_cases(const std::vector<VerbWords>& verbs) {
  std::string out;
  for (const VerbWords& verb : verbs) {
    std::vector<std::string> options;
    std::vector<std::string> below;
    for (const OptionWords& option : verb.options) {
      options.insert(options.end(), option.names.begin(), option.names.end());
    }
    for (const VerbWords& other : verbs) {
      if (directly_below(verb, other)) below.push_back(other.name);
    }
    const std::string reply =
        below.empty()
            ? bash_value_reply(verb.positional)
            : fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$current\"))", joined(below));
    out += fmt::format("    {}) options='{}'; reply={} ;;\n", quoted(verb.path, kBashQuote),
                       joined(options), quoted(reply, kBashQuote));
  }
  return out;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  const std::vector<VerbWords> verbs = completion_words(app);
  return fmt::format(R"(# Completion of valise for bash, printed by: valise completion bash
_valise_paths() {{
  local IFS=$'\n'
  COMPREPLY=($(compgen "$1" -- "$2"))
  compopt -o filenames 2>/dev/null || true
}}
_valise() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  local at='' options='' reply='' i
  COMPREPLY=()
  # bash takes --option=value apart into three words.
  if [[ $current == '=' ]]; then current=''; fi
  if [[ $previous == '=' ]]; then previous=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at ${{COMP_WORDS[i]}}" in
{}{}    esac
  done
  case "$at $previous" in
{}  esac
  case "$at" in
{}  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    eval "$reply"
  fi
}}
complete -F _valise valise
)",
                     verb_cases(verbs),
                     bash_value_cases(verbs, "[[ ${COMP_WORDS[i+1]} == '=' ]] && ((i++)); ((i++))"),
                     bash_value_cases(verbs, nullptr), bash_word_cases(verbs));
}

}  // namespace valise::cli
