#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace valise {

/// What is to be run every night.
struct NightJob {
  std::string name;  ///< Of its files: "valise-backup-1a2b3c4d".
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::filesystem::path log;  ///< launchd only: where its messages go.
};

/// In each file that we make: what does not hold it is not ours.
inline constexpr const char* kScheduleMark = "Made by \"valise schedule install\"";

// Pure. Paths and values are UTF-8 without control characters (require_schedulable).

/// Throws Error(usage) naming the path.
void require_schedulable(const std::filesystem::path& path);

[[nodiscard]] std::string systemd_service(const NightJob& job);
[[nodiscard]] std::string systemd_timer(const NightJob& job);
[[nodiscard]] std::string launchd_agent(const NightJob& job);
/// The lines of a crontab, with a comment before and after them.
[[nodiscard]] std::string cron_lines(const NightJob& job);
/// The crontab without the lines of that job; all others stay as they are, byte for byte.
[[nodiscard]] std::string without_cron_lines(const std::string& crontab, const std::string& name);
/// The lines of that job in a crontab, as cron_lines gives them; "" where there are none.
[[nodiscard]] std::string find_cron_lines(const std::string& crontab, const std::string& name);

/// For a shell, as it stands in a command that is shown.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace valise
