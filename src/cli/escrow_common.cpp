// What the verbs below "valise escrow" share.

#include <fmt/format.h>

#include <sstream>

#include "cli/escrow_verbs.hpp"
#include "cli/terminal.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

std::string list_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

}  // namespace

void add_agent_dir_option(CLI::App& verb, AgentOptions& options) {
  verb.add_option("--dir", options.dir,
                  "Where the agent's files are kept (default: the configuration folder)")
      ->type_name("DIR");
}

void add_agent_options(CLI::App& verb, AgentOptions& options) {
  add_agent_dir_option(verb, options);
  add_agent_key_option(verb, options.secret);
  add_passphrase_options(verb, options.secret);
  add_recovery_code_options(verb, options.secret);
}

std::filesystem::path agent_dir(const AgentOptions& options, const Run& run) {
  return options.dir ? absolute_path(*options.dir, "--dir") : run.places.config_dir;
}

UnlockSource agent_unlock(Session& session, const Run& run, AgentOptions& options) {
  if (!options.secret.agent_key) {
    options.secret.agent_key = (agent_dir(options, run) / "agent.key").string();
  }
  return session.unlock_source(run, options.secret);
}

bool confirm_at_terminal(Session& session, const std::string& what, const std::string& question,
                         bool yes) {
  std::optional<Terminal> terminal;
  if (!yes) terminal = Terminal::open();
  if (!terminal) {
    // Stderr, so that JSON on stdout stays JSON.
    std::istringstream lines(what);
    for (std::string line; std::getline(lines, line);) session.note(line);
    if (yes) return true;
    throw Error(ErrorKind::usage,
                "standard input is no terminal to confirm this; read it, and give --yes");
  }
  terminal->show(what + "\n");
  return terminal->ask_yes(question);
}

std::string owner_words(const std::optional<std::string>& known_owner) {
  if (known_owner) return printable(*known_owner) + " (you keep this owner's card)";
  return "NOT KNOWN to you: no owner's card that you keep is of this vault (\"valise escrow pin\")";
}

std::string request_text(const RequestView& request, const std::string& owner) {
  const std::string days =
      format_day(request.first) == format_day(request.last)
          ? "of " + format_day(request.first)
          : "from " + format_day(request.first) + " to " + format_day(request.last);
  std::string text =
      fmt::format("Request {} of {}\n", printable(request.fingerprint), format_time(request.time));
  text += fmt::format("  Who asks:   {} (nobody has signed this name)\n", printable(request.name));
  text += fmt::format("  Whose:      vault {}, owner {}\n", printable(request.vault_id), owner);
  text += fmt::format(
      "  What:       {} {}, of {}, made by {}\n", format_count_of(request.backups, "backup"), days,
      format_count_of(request.sources.size(), "source"), list_names(request.devices));
  std::vector<std::string> names;
  for (const Reader& agent : request.agents) names.push_back(agent.name);
  text += fmt::format("  Takes:      {} of {} agents: {}\n", request.k, request.agents.size(),
                      list_names(names));
  text +=
      fmt::format("  It opens:   the whole history as it was on {}\n", format_day(request.last));
  return text;
}

Json request_json(const RequestView& request) {
  return {{"fingerprint", request.fingerprint},
          {"requester", request.name},
          {"time", rfc3339(request.time)},
          {"vault", request.vault_id},
          {"owner", request.owner},
          {"known_owner", request.known_owner ? Json(*request.known_owner) : Json(nullptr)},
          {"devices", request.devices},
          {"sources", request.sources},
          {"snapshots", request.snapshots},
          {"backups", request.backups},
          {"first", rfc3339(request.first)},
          {"last", rfc3339(request.last)},
          {"k", request.k},
          {"agents", readers_json(request.agents)}};
}

}  // namespace valise::cli
