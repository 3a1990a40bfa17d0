#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/session.hpp"

namespace valise::cli {

/// One verb of the command line: it adds its subcommand with options and help, and carries it out.
class Verb {
 public:
  virtual ~Verb() = default;
  Verb(const Verb&) = delete;
  Verb& operator=(const Verb&) = delete;
  [[nodiscard]] CLI::App& command() const noexcept { return command_; }
  /// Returns the exit code: 0, or what the report asks for. Throws Error.
  [[nodiscard]] virtual int run(Session& session) = 0;

 protected:
  explicit Verb(CLI::App& command) : command_(command) {}

 private:
  CLI::App& command_;
};

std::unique_ptr<Verb> add_init(CLI::App& app);
std::unique_ptr<Verb> add_sources(CLI::App& app);
std::unique_ptr<Verb> add_backup(CLI::App& app);
std::unique_ptr<Verb> add_list(CLI::App& app);
std::unique_ptr<Verb> add_diff(CLI::App& app);
std::unique_ptr<Verb> add_restore(CLI::App& app);
std::unique_ptr<Verb> add_verify(CLI::App& app);
std::unique_ptr<Verb> add_scrub(CLI::App& app);
std::unique_ptr<Verb> add_audit(CLI::App& app);
std::unique_ptr<Verb> add_copy(CLI::App& app);
std::unique_ptr<Verb> add_prune(CLI::App& app);
std::unique_ptr<Verb> add_schedule(CLI::App& app);
std::unique_ptr<Verb> add_status(CLI::App& app);
std::unique_ptr<Verb> add_policy(CLI::App& app);
std::unique_ptr<Verb> add_escrow(CLI::App& app);
std::unique_ptr<Verb> add_key(CLI::App& app);
std::unique_ptr<Verb> add_version(CLI::App& app);
std::unique_ptr<Verb> add_completion(CLI::App& app);

}  // namespace valise::cli
