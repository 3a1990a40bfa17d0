#include "cli/app.hpp"

#include <algorithm>
#include <string_view>

#include "cli/help_formatter.hpp"
#include "valise/valise.hpp"

namespace valise::cli {

namespace {

constexpr std::uint64_t kLockWaitSecondsMax = 30 * 86'400;

// The help of the subcommand that was named last.
const CLI::App& innermost(const CLI::App& app) {
  const CLI::App* found = &app;
  while (!found->get_subcommands().empty()) found = found->get_subcommands().back();
  return *found;
}

std::string command_name(const CLI::App& app) {
  std::string name;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    name = at->get_name() + (name.empty() ? "" : " " + name);
  }
  return name;
}

// The first word that is no option, where a verb should stand and none does.
std::string unknown_verb(const CLI::App& root) {
  const CLI::App& app = innermost(root);
  if (app.get_subcommands([](const CLI::App*) { return true; }).empty()) return {};
  for (const std::string& word : root.remaining(true)) {
    if (!word.empty() && word.front() != '-') return word;
  }
  return {};
}

bool names_json(int argc, const char* const* argv) {
  return std::any_of(argv, argv + argc,
                     [](const char* word) { return std::string_view(word) == "--json"; });
}

}  // namespace

CommandLine::CommandLine() : app_("Encrypted backups of message databases.", "valise") {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.set_help_flag("--help,-h", "Show this help");
  app_.set_version_flag("--version", version(), "Show the version");
  app_.add_option("--vault", options_.vault,
                  "The vault's folder (default: VALISE_VAULT, else ~/.local/share/valise/vault)")
      ->type_name("DIR");
  app_.add_flag("--json", options_.json, "Print JSON lines");
  app_.add_flag("--quiet", options_.quiet, "No progress, and nothing when all went well");
  app_.add_flag("--no-progress", options_.no_progress, "No progress");
  app_.add_option("--lock-wait", options_.lock_wait_seconds,
                  "Wait so long for another run to end (default: not at all)")
      ->type_name("SECONDS")
      ->check(CLI::Range(std::uint64_t{0}, kLockWaitSecondsMax).description(""));
  for (auto* add : {add_init, add_sources, add_backup, add_list, add_restore, add_verify, add_scrub,
                    add_audit, add_status, add_diff, add_copy, add_prune, add_schedule, add_policy,
                    add_escrow, add_key, add_version, add_completion}) {
    verbs_.push_back(add(app_));
  }
  app_.footer(
      "The options above go with every verb. More: valise VERB --help, man valise.\n"
      "\n"
      "Example:\n"
      "  valise init --vault /mnt/usb/vault\n"
      "  valise backup --vault /mnt/usb/vault ~/Library/Messages/chat.db\n"
      "  valise restore --vault /mnt/usb/vault --to ~/restored");
}

Verb* CommandLine::parse(int argc, const char* const* argv) {
  // Known before the rest is understood: an error in it is reported as JSON too.
  options_.json = names_json(argc, argv);
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const CLI::App& asked = innermost(app_);
    answer_ = asked.help(asked.get_parent() == nullptr ? "" : command_name(*asked.get_parent()));
    return nullptr;
  } catch (const CLI::CallForVersion&) {
    answer_ = std::string("valise ") + version() + "\n";
    return nullptr;
  } catch (const CLI::ParseError& error) {
    const std::string unknown = unknown_verb(app_);
    throw Error(ErrorKind::usage,
                (unknown.empty()
                     ? error.what()
                     : "there is no \"" + command_name(innermost(app_)) + " " + unknown + "\"") +
                    "; see " + command_name(innermost(app_)) + " --help");
  }
  const CLI::App* chosen = app_.get_subcommands().front();
  const auto verb = std::find_if(verbs_.begin(), verbs_.end(), [chosen](const auto& candidate) {
    return &candidate->command() == chosen;
  });
  if (verb == verbs_.end()) throw Error(ErrorKind::internal, "a verb has no code");
  return verb->get();
}

}  // namespace valise::cli
