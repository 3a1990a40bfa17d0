#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "cli/session.hpp"
#include "cli/verb.hpp"

namespace valise::cli {

/// The whole command line: the global options and every verb.
class CommandLine {
 public:
  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// Reads the arguments. Returns the verb to run, or null when help or the version was asked for,
  /// which is then in answer(). Throws Error(usage).
  [[nodiscard]] Verb* parse(int argc, const char* const* argv);
  [[nodiscard]] const std::string& answer() const noexcept { return answer_; }
  [[nodiscard]] const GlobalOptions& options() const noexcept { return options_; }
  [[nodiscard]] const CLI::App& app() const noexcept { return app_; }

 private:
  CLI::App app_;
  GlobalOptions options_;
  std::vector<std::unique_ptr<Verb>> verbs_;
  std::string answer_;
};

}  // namespace valise::cli
