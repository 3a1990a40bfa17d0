#include "cli/app.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "cli/completion.hpp"
#include "cli/completion_words.hpp"
#include "cli/help_formatter.hpp"

namespace valise::cli {

namespace {

struct Parsed {
  std::string verb;  ///< Empty for an answer.
  std::string answer;
  std::string usage_error;
  GlobalOptions options;
};

Parsed parse(std::vector<const char*> words) {
  words.insert(words.begin(), "valise");
  CommandLine command_line;
  Parsed parsed;
  try {
    const Verb* verb = command_line.parse(static_cast<int>(words.size()), words.data());
    if (verb != nullptr) parsed.verb = verb->command().get_name();
    parsed.answer = command_line.answer();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    parsed.usage_error = error.what();
  }
  parsed.options = command_line.options();
  return parsed;
}

const std::vector<VerbWords>& all_words() {
  static const std::vector<VerbWords> words = [] {
    static CommandLine command_line;
    return completion_words(command_line.app());
  }();
  return words;
}

}  // namespace

TEST_CASE("global options go before and after the verb") {
  for (const auto& words : {std::vector<const char*>{"--vault", "/v", "--json", "list"},
                            std::vector<const char*>{"list", "--json", "--vault=/v"}}) {
    const Parsed parsed = parse(words);
    CHECK(parsed.verb == "list");
    CHECK(parsed.options.vault == "/v");
    CHECK(parsed.options.json);
  }
  CHECK(parse({"policy", "show", "--quiet"}).options.quiet);
  CHECK(parse({"backup", "--lock-wait", "90"}).options.lock_wait_seconds == 90);
}

TEST_CASE("a source may be called like a verb") {
  CHECK(parse({"backup", "list", "restore"}).verb == "backup");
  CHECK(parse({"audit", "scrub"}).verb == "audit");
}

TEST_CASE("what is not understood is a usage error that names the help") {
  CHECK(parse({}).usage_error.find("valise --help") != std::string::npos);
  CHECK(!parse({"bakcup"}).usage_error.empty());
  CHECK(parse({"restore"}).usage_error.find("--to is required; see valise restore --help") !=
        std::string::npos);
  CHECK(parse({"policy", "set", "escrow"}).usage_error.find("valise policy set escrow --help") !=
        std::string::npos);
  CHECK(!parse({"restore", "--to", "x", "--check", "some"}).usage_error.empty());
  CHECK(!parse({"list", "--lock-wait", "-1"}).usage_error.empty());
  CHECK(!parse({"verify", "latest", "--all"}).usage_error.empty());
  CHECK(!parse({"init", "--passphrase-memory", "63"}).usage_error.empty());
  CHECK(!parse({"init", "--passphrase", "secret"}).usage_error.empty());
}

TEST_CASE("--json holds for errors of the command line itself") {
  const Parsed parsed = parse({"restore", "--json"});
  CHECK(!parsed.usage_error.empty());
  CHECK(parsed.options.json);
}

TEST_CASE("every verb has help with an example, folded to the width of a terminal") {
  for (const VerbWords& verb : all_words()) {
    CAPTURE(verb.path);
    std::vector<std::string> words;
    for (std::size_t begin = 1; begin < verb.path.size();) {
      const std::size_t end = std::min(verb.path.find(' ', begin), verb.path.size());
      words.push_back(verb.path.substr(begin, end - begin));
      begin = end + 1;
    }
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    arguments.push_back("--help");
    const std::string help = parse(arguments).answer;
    CHECK(help.find("Usage: valise" + verb.path) != std::string::npos);
    CHECK(help.find("\nExample:\n  ") != std::string::npos);
    std::size_t begin = 0;
    for (std::size_t end = help.find('\n'); end != std::string::npos;
         end = help.find('\n', begin)) {
      CHECK(end - begin <= 88);
      begin = end + 1;
    }
  }
}

TEST_CASE("the words for shells are those of the command line") {
  std::vector<std::string> paths;
  for (const VerbWords& verb : all_words()) paths.push_back(verb.path);
  CHECK(paths == std::vector<std::string>{"",
                                          " init",
                                          " sources",
                                          " backup",
                                          " list",
                                          " restore",
                                          " verify",
                                          " scrub",
                                          " audit",
                                          " status",
                                          " diff",
                                          " copy",
                                          " prune",
                                          " schedule",
                                          " schedule install",
                                          " schedule status",
                                          " schedule remove",
                                          " policy",
                                          " policy show",
                                          " policy set",
                                          " policy set e2ee",
                                          " policy set escrow",
                                          " escrow",
                                          " escrow keygen",
                                          " escrow card",
                                          " escrow pin",
                                          " escrow drill",
                                          " escrow request",
                                          " escrow open",
                                          " escrow combine",
                                          " key",
                                          " key passwd",
                                          " key recovery-check",
                                          " key sheet",
                                          " key add-device",
                                          " key devices",
                                          " key revoke-device",
                                          " key card",
                                          " version",
                                          " completion"});
  const VerbWords& restore = all_words()[5];
  const auto check = std::find_if(restore.options.begin(), restore.options.end(),
                                  [](const auto& option) { return option.names[0] == "--check"; });
  REQUIRE(check != restore.options.end());
  CHECK(check->value.choices == std::vector<std::string>{"none", "quick", "full"});
}

TEST_CASE("each shell's script offers every verb and every option") {
  CommandLine command_line;
  for (const std::string& script :
       {bash_completion(command_line.app()), zsh_completion(command_line.app())}) {
    for (const VerbWords& verb : all_words()) {
      for (const OptionWords& option : verb.options) {
        for (const std::string& name : option.names) CHECK(script.find(name) != std::string::npos);
      }
      CHECK(script.find("'" + verb.path + "'") != std::string::npos);
    }
  }
  const std::string fish = fish_completion(command_line.app());
  CHECK(fish.find("complete -c valise -n \"__valise_at ' restore'\" -l check -x -a 'none quick "
                  "full'") != std::string::npos);
}

TEST_CASE("text is folded at blanks") {
  CHECK(folded("one two three", 7) == "one two\nthree");
  CHECK(folded("unbreakable", 4) == "unbreakable");
  CHECK(folded("", 10).empty());
}

}  // namespace valise::cli
