#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/verb.hpp"
#include "valise/escrow.hpp"
#include "valise/recovery.hpp"

namespace valise::cli {

// The verbs below "valise escrow".

std::unique_ptr<Verb> add_escrow_keygen(CLI::App& escrow);
std::unique_ptr<Verb> add_escrow_card(CLI::App& escrow);
std::unique_ptr<Verb> add_escrow_pin(CLI::App& escrow);
std::unique_ptr<Verb> add_escrow_drill(CLI::App& escrow);
std::unique_ptr<Verb> add_escrow_request(CLI::App& escrow);
std::unique_ptr<Verb> add_escrow_open(CLI::App& escrow);
std::unique_ptr<Verb> add_escrow_combine(CLI::App& escrow);

/// Where an agent keeps its key file, its card and its owners' cards, and how it unlocks.
struct AgentOptions {
  std::optional<std::string> dir;
  SecretOptions secret;
};

void add_agent_dir_option(CLI::App& verb, AgentOptions& options);
/// Besides --dir: --agent-key, the passphrase and the recovery code.
void add_agent_options(CLI::App& verb, AgentOptions& options);
[[nodiscard]] std::filesystem::path agent_dir(const AgentOptions& options, const Run& run);
/// The key file is the one of --dir unless --agent-key names another. `options` outlives the
/// result.
[[nodiscard]] UnlockSource agent_unlock(Session& session, const Run& run, AgentOptions& options);

/// The question of an agent at the terminal; with `yes` none is asked, and `what` goes to stderr.
/// Throws Error(usage) where there is no terminal.
[[nodiscard]] bool confirm_at_terminal(Session& session, const std::string& what,
                                       const std::string& question, bool yes);

/// What a request asks for, several lines; `owner` says whose vault it is.
[[nodiscard]] std::string request_text(const RequestView& request, const std::string& owner);
[[nodiscard]] Json request_json(const RequestView& request);
/// How an agent knows the owner of a vault: "Mara (you keep the card)", or that it does not.
[[nodiscard]] std::string owner_words(const std::optional<std::string>& known_owner);

}  // namespace valise::cli
