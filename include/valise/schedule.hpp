#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "valise/run.hpp"

namespace valise {

/// What runs a backup every night.
enum class Scheduler { systemd, launchd, cron };

/// What an outside command said.
struct CommandResult {
  int status = 0;      ///< Its exit status; 127 where there is no such command.
  std::string output;  ///< Standard output and error, cut to 1 MiB.
};
/// Runs a command with these arguments and this text as its standard input, and waits for it.
using CommandRunner =
    std::function<CommandResult(const std::vector<std::string>& command, const std::string& input)>;
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& command,
                                        const std::string& input);

struct SchedulePlaces {
  std::filesystem::path program;  ///< Absolute; what is to be run.
  std::filesystem::path config;   ///< Where the user's units lie: <config>/systemd/user.
  std::filesystem::path home;     ///< launchd: <home>/Library/LaunchAgents.
};

struct ScheduleOptions {
  std::optional<Scheduler> scheduler;  ///< Absent: what this system has.
  SchedulePlaces places;
  CommandRunner run = run_command;
};

struct ScheduleReport {
  Scheduler scheduler = Scheduler::systemd;
  bool installed = false;
  bool active = false;    ///< The system answered that it will run it.
  bool outdated = false;  ///< Installed by another version, or for another place of the program.
  std::vector<std::filesystem::path> files;
  std::string last_result;        ///< Of the last night, where the system tells; else "".
  std::vector<std::string> todo;  ///< What is left for the user to type, and why.
};

/// The path of the running program. Throws Error(storage).
[[nodiscard]] std::filesystem::path own_program();
/// What this system has. Throws Error(not_found) where it has none of them.
[[nodiscard]] Scheduler find_scheduler(const CommandRunner& run);
[[nodiscard]] const char* scheduler_name(Scheduler scheduler) noexcept;

// For the vault of `run`: several vaults have a schedule each. They need no key, and the vault need
// not be there. Throw usage (a path that cannot stand in a schedule; a file that is not ours),
// not_found (no scheduler), storage.

/// Once a day `backup --quiet --no-progress`. Installing twice is the same as once.
[[nodiscard]] ScheduleReport install_schedule(const Run& run, const ScheduleOptions& options);
[[nodiscard]] ScheduleReport schedule_status(const Run& run, const ScheduleOptions& options);
/// Takes away what install made, and nothing else.
[[nodiscard]] ScheduleReport remove_schedule(const Run& run, const ScheduleOptions& options);

}  // namespace valise
