#include "cli/completion_words.hpp"

#include <algorithm>
#include <utility>

namespace valise::cli {

namespace {

std::vector<std::string> split_choices(const std::string& text) {
  std::vector<std::string> choices;
  std::size_t begin = 0;
  for (std::size_t bar = text.find('|'); bar != std::string::npos; bar = text.find('|', begin)) {
    choices.push_back(text.substr(begin, bar - begin));
    begin = bar + 1;
  }
  choices.push_back(text.substr(begin));
  return choices;
}

ValueWords value_words(const CLI::Option& option) {
  if (option.get_type_size() == 0) return {};
  const std::string type = option.get_type_name();
  if (type == "FILE") return {ValueWords::Kind::file, {}};
  if (type == "DIR") return {ValueWords::Kind::folder, {}};
  if (type.find('|') != std::string::npos) return {ValueWords::Kind::choice, split_choices(type)};
  return {ValueWords::Kind::text, {}};
}

void add_option_words(VerbWords& verb, const CLI::Option& option) {
  if (option.get_positional()) {
    verb.positional = value_words(option);
    return;
  }
  OptionWords words;
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  words.about = option.get_description();
  words.value = value_words(option);
  verb.options.push_back(std::move(words));
}

bool has_option(const VerbWords& verb, const std::string& name) {
  return std::any_of(verb.options.begin(), verb.options.end(),
                     [&name](const OptionWords& option) { return option.names.front() == name; });
}

void add_verb_words(std::vector<VerbWords>& verbs, const CLI::App& app, const std::string& path) {
  VerbWords verb;
  verb.path = path;
  verb.name = app.get_name();
  verb.about = app.get_description();
  for (const CLI::Option* option : app.get_options()) add_option_words(verb, *option);
  verbs.push_back(std::move(verb));
  for (const CLI::App* below : app.get_subcommands({})) {
    add_verb_words(verbs, *below, path + " " + below->get_name());
  }
}

}  // namespace

std::vector<VerbWords> completion_words(const CLI::App& app) {
  std::vector<VerbWords> verbs;
  add_verb_words(verbs, app, "");
  const std::vector<OptionWords> everywhere = verbs.front().options;
  for (VerbWords& verb : verbs) {
    for (const OptionWords& option : everywhere) {
      if (!has_option(verb, option.names.front())) verb.options.push_back(option);
    }
  }
  return verbs;
}

bool directly_below(const VerbWords& parent, const VerbWords& child) {
  return child.path == parent.path + " " + child.name && !child.path.empty();
}

std::string quoted(const std::string& text, const std::string& quote) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += quote : out += c;
  return out + "'";
}

}  // namespace valise::cli
