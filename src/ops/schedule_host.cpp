// What a schedule needs of the machine that it runs on.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/retry.hpp"
#include "valise/schedule.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration): not everywhere in a header

namespace valise {
namespace {

constexpr std::size_t kCommandOutputBytesMax = 1 << 20;
constexpr int kNoSuchCommand = 127;

int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : kNoSuchCommand + 1; }

}  // namespace

CommandResult run_command(const std::vector<std::string>& command, const std::string& input) {
  // Files and no pipes: neither side can wait for the other.
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const UniqueFd in = unnamed_file(folder);
  const UniqueFd out = unnamed_file(folder);
  write_all(in.get(), bytes_of(input), "the input of " + command.front());
  lseek(in.get(), 0, SEEK_SET);
  std::vector<char*> words;
  std::vector<std::string> copies = command;
  for (std::string& word : copies) words.push_back(word.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDERR_FILENO);
  pid_t child = 0;
  const int failure = posix_spawnp(&child, words.front(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return {kNoSuchCommand, command.front() + ": " + system_reason(failure)};
  int status = 0;
  if (retry_interrupted([&] { return waitpid(child, &status, 0); }) < 0) {
    return {kNoSuchCommand, command.front() + ": " + system_reason(errno)};
  }
  Bytes output(kCommandOutputBytesMax);
  output.resize(read_at(out.get(), output, 0, "the output of " + command.front()));
  return {exit_status(status), std::string(text_of(output))};
}

std::filesystem::path own_program() {
#ifdef __APPLE__
  std::array<char, 4096> path{};
  auto size = static_cast<std::uint32_t>(path.size());
  if (_NSGetExecutablePath(path.data(), &size) == 0) {
    std::error_code ignored;
    const std::filesystem::path found = std::filesystem::canonical(path.data(), ignored);
    if (!found.empty()) return found;
  }
#else
  std::error_code error;
  std::filesystem::path found = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error && std::filesystem::exists(found, error)) return found;
#endif
  throw Error(ErrorKind::storage, "the system does not tell where this program stands");
}

Scheduler find_scheduler(const CommandRunner& run) {
#ifdef __APPLE__
  static_cast<void>(run);
  return Scheduler::launchd;
#else
  std::error_code error;
  if (std::filesystem::exists("/run/systemd/system", error)) return Scheduler::systemd;
  if (run({"crontab", "-l"}, {}).status != kNoSuchCommand) return Scheduler::cron;
  throw Error(ErrorKind::not_found,
              "this system runs neither systemd nor cron: install cron, or let what you have run "
              "\"valise backup --quiet\" every night");
#endif
}

}  // namespace valise
